import { useEffect, useState } from 'react';
import './dark-mode-toggle.css';

export interface DarkModeToggleProps {
  legend: string;
  system: string;
  light: string;
  dark: string;
}

const KEY = 'ui-theme';

/** The theme follows the choice by CSS alone (:has); the component remembers it. */
export function DarkModeToggle({ legend, ...labels }: DarkModeToggleProps) {
  const [chosen, setChosen] = useState('system');
  // After the first drawing, so that a server draws the same.
  useEffect(() => setChosen(localStorage.getItem(KEY) ?? 'system'), []);
  const choose = (value: string) => {
    localStorage.setItem(KEY, value);
    setChosen(value);
  };
  return (
    <fieldset className="ui-theme">
      <legend>{legend}</legend>
      {(['system', 'light', 'dark'] as const).map((value) => (
        <label key={value}>
          <input
            type="radio"
            name={KEY}
            value={value}
            checked={chosen === value}
            onChange={() => choose(value)}
          />
          <span>{labels[value]}</span>
        </label>
      ))}
    </fieldset>
  );
}
