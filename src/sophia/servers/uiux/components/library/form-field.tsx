import { useId } from 'react';
import './form-field.css';

export interface FormFieldProps {
  label: string;
  name: string;
  kind?:
    | 'text'
    | 'email'
    | 'password'
    | 'number'
    | 'tel'
    | 'url'
    | 'date'
    | 'search'
    | 'textarea'
    | 'select'
    | 'checkbox';
  hint?: string;
  required?: boolean;
  error?: string;
  autocomplete?: string;
  /** Of a select. */
  options?: string[];
  /** Where others have to know the id, such as a list of errors. */
  id?: string;
}

export function FormField({ label, kind = 'text', hint, error, ...given }: FormFieldProps) {
  const made = useId();
  const id = given.id ?? made;
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  const shared = {
    id,
    name: given.name,
    required: given.required,
    autoComplete: given.autocomplete,
    'aria-describedby': told || undefined,
    'aria-invalid': error ? true : undefined,
  };
  const control =
    kind === 'textarea' ? (
      <textarea {...shared} rows={4} />
    ) : kind === 'select' ? (
      <select {...shared}>
        <option value="">Choose …</option>
        {given.options?.map((option, place) => (
          <option key={place} value={option}>
            {option}
          </option>
        ))}
      </select>
    ) : (
      <input type={kind} {...shared} />
    );
  const isBox = kind === 'checkbox';
  return (
    <div className={isBox ? 'ui-field ui-field-checkbox' : 'ui-field'}>
      {isBox && control}
      <label htmlFor={id}>
        <span>{label}</span>
        {given.required && <span className="ui-field-mark">(required)</span>}
      </label>
      {hint && (
        <p className="ui-field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {!isBox && control}
      {error && (
        <p className="ui-field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
