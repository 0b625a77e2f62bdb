import { PasswordInput, TextInput } from '@mantine/core';

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

const MAX_NAME_CHARS = 100;
const MIN_PASSWORD_CHARS = 12;
const MAX_PASSWORD_CHARS = 128;

/** What somebody is called. */
export function NameField({ label, value, onChange }: FieldProps) {
  return (
    <TextInput
      label={label}
      autoComplete="name"
      required
      withAsterisk={false}
      maxLength={MAX_NAME_CHARS}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** A password to be set; the server holds it to more than its length. */
export function NewPasswordField({ label, value, onChange }: FieldProps) {
  return (
    <PasswordInput
      label={label}
      description={`At least ${MIN_PASSWORD_CHARS} characters: several words, say.`}
      autoComplete="new-password"
      minLength={MIN_PASSWORD_CHARS}
      maxLength={MAX_PASSWORD_CHARS}
      required
      withAsterisk={false}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
