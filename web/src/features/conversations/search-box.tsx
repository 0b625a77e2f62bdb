import { CloseButton, TextInput } from '@mantine/core';

import { SearchIcon } from '../../components/icons';

const MAX_CHARS = 200;

interface SearchBoxProps {
  value: string;
  onChange: (value: string) => void;
}

/** Where one writes what one is looking for; Escape leaves the search. */
export function SearchBox({ value, onChange }: SearchBoxProps) {
  return (
    <TextInput
      role="searchbox"
      aria-label="Search conversations"
      placeholder="Search"
      size="sm"
      maxLength={MAX_CHARS}
      leftSection={<SearchIcon size={15} />}
      rightSection={
        value !== '' && (
          <CloseButton size="sm" aria-label="End the search" onClick={() => onChange('')} />
        )
      }
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onChange('');
      }}
    />
  );
}
