import { useId } from 'react';
import './chart.css';

export interface ChartProps {
  title: string;
  kind?: 'bar' | 'line';
  unit?: string;
  labels: string[];
  /** Each with a value for each label. */
  series: { name: string; values: number[] }[];
}

const WIDTH = 480;
const HEIGHT = 240;
const LEFT = 56;
const TOP = 12;
const BOTTOM = 28;
const LINES = 4;
const GAP = 0.25; // of a place, between the bars of two

const tenth = (value: number) => Math.round(value * 10) / 10;

/** The drawing is hidden from screen readers, which have the table. */
export function Chart({ title, kind = 'bar', unit = '', labels, series }: ChartProps) {
  const id = useId();
  const every = series.flatMap((one) => one.values);
  const low = Math.min(0, ...every);
  const top = Math.max(0, ...every);
  const high = top > low ? top : low + 1;
  const room = (WIDTH - LEFT) / labels.length;
  const width = (room * (1 - GAP)) / series.length;
  const y = (value: number) =>
    tenth(TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM));
  const marks = Array.from({ length: LINES + 1 }, (_, step) => low + ((high - low) * step) / LINES);

  return (
    <figure className="ui-chart" aria-labelledby={id}>
      <figcaption id={id}>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false">
        {marks.map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value) + 4} textAnchor="end">
              {`${unit}${Number(value.toPrecision(4))}`}
            </text>
          </g>
        ))}
        {labels.map((label, place) => (
          <text key={place} x={tenth(LEFT + (place + 0.5) * room)} y={HEIGHT - 8} textAnchor="middle">
            {label}
          </text>
        ))}
        {series.map(({ name, values }, row) =>
          kind === 'bar' ? (
            <g key={name} className={`ui-chart-series-${row + 1}`}>
              {values.map((value, place) => (
                <rect
                  key={place}
                  x={tenth(LEFT + place * room + (room * GAP) / 2 + row * width)}
                  y={Math.min(y(0), y(value))}
                  width={tenth(width)}
                  height={tenth(Math.abs(y(value) - y(0)))}
                />
              ))}
            </g>
          ) : (
            <polyline
              key={name}
              className={`ui-chart-line ui-chart-series-${row + 1}`}
              points={values
                .map((value, place) => `${tenth(LEFT + (place + 0.5) * room)},${y(value)}`)
                .join(' ')}
            />
          ),
        )}
      </svg>
      <ul className="ui-chart-legend" role="list">
        {series.map(({ name }, row) => (
          <li key={name} className={`ui-chart-series-${row + 1}`}>
            {name}
          </li>
        ))}
      </ul>
      <details>
        <summary>Values as a table</summary>
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <td></td>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((label, place) => (
              <tr key={place}>
                <th scope="row">{label}</th>
                {series.map(({ name, values }) => (
                  <td key={name}>{`${unit}${values[place]}`}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
