import { useId, type FormEventHandler } from 'react';
import './accessible-form.css';
import { Button } from './button';
import './form.css';
import { FormField, type FormFieldProps } from './form-field';

export interface AccessibleFormProps {
  title: string;
  groups: { legend: string; fields: FormFieldProps[] }[];
  submit: string;
  action?: string;
  method?: 'get' | 'post';
  onSubmit?: FormEventHandler<HTMLFormElement>;
}

export function AccessibleForm({ title, groups, submit, ...rest }: AccessibleFormProps) {
  const id = useId();
  const wrong = groups.flatMap((group) => group.fields).filter((field) => field.error);
  return (
    <form className="ui-form" {...rest} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {wrong.length > 0 && (
        <div className="ui-form-errors" role="alert" tabIndex={-1}>
          <h3>Please put right</h3>
          <ul>
            {wrong.map((field) => (
              <li key={field.name}>
                <a href={`#${id}-${field.name}`}>{`${field.label}: ${field.error}`}</a>
              </li>
            ))}
          </ul>
        </div>
      )}
      {groups.map((group, place) => (
        <fieldset className="ui-form-group" key={place}>
          <legend>{group.legend}</legend>
          {group.fields.map((field) => (
            <FormField key={field.name} {...field} id={`${id}-${field.name}`} />
          ))}
        </fieldset>
      ))}
      <Button label={submit} type="submit" />
    </form>
  );
}
