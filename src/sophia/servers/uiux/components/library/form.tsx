import { useId, type FormEventHandler } from 'react';
import { Button } from './button';
import { FormField, type FormFieldProps } from './form-field';
import './form.css';

export interface FormProps {
  title: string;
  fields: FormFieldProps[];
  submit: string;
  action?: string;
  method?: 'get' | 'post';
  onSubmit?: FormEventHandler<HTMLFormElement>;
}

export function Form({ title, fields, submit, ...rest }: FormProps) {
  const id = useId();
  return (
    <form className="ui-form" {...rest} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {fields.map((field) => (
        <FormField key={field.name} {...field} />
      ))}
      <Button label={submit} type="submit" />
    </form>
  );
}
