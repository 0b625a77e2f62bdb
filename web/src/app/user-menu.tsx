import {
  Menu,
  type MantineColorScheme,
  useMantineColorScheme,
  UnstyledButton,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';

import { session } from '../api/session';
import type { User } from '../api/types';
import { ErrorNote } from '../components/error-note';
import {
  ChevronIcon,
  ClockIcon,
  ExitIcon,
  HalfIcon,
  MoonIcon,
  PeopleIcon,
  PersonIcon,
  SunIcon,
} from '../components/icons';
import { DRAFTS, forgetKept } from '../lib/kept';
import { navigate } from '../lib/router';
import classes from './shell.module.css';

const SCHEMES = [
  { value: 'light', label: 'Light', Icon: SunIcon },
  { value: 'dark', label: 'Dark', Icon: MoonIcon },
  { value: 'auto', label: 'Like the system', Icon: HalfIcon },
] as const;

/** Who is signed in, and what concerns them alone. */
export function UserMenu({ user }: { user: User }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useMutation({
    mutationFn: () => session.signOut(),
    onSuccess: () => forgetKept(DRAFTS),
  });
  return (
    <div className={classes.user}>
      {signOut.error !== null && (
        <ErrorNote error={signOut.error} onRetry={() => signOut.mutate()} />
      )}
      <Menu position="top-start" width="target" shadow="md" withinPortal>
        <Menu.Target>
          <UnstyledButton className={classes.person} aria-label={`Account of ${user.name}`}>
            <span className={classes.initial} aria-hidden="true">
              {initialOf(user.name)}
            </span>
            <span className={classes.who}>
              <span>{user.name}</span>
              <small>{user.role}</small>
            </span>
            <ChevronIcon size={14} className={classes.up} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<PersonIcon size={16} />} onClick={() => navigate('/account')}>
            Account
          </Menu.Item>
          <Menu.Item leftSection={<ClockIcon size={16} />} onClick={() => navigate('/schedules')}>
            Schedules
          </Menu.Item>
          <Menu.Item leftSection={<PeopleIcon size={16} />} onClick={() => navigate('/people')}>
            {user.scopes.includes('users:read') ? 'People' : 'Teams'}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Label>Colours</Menu.Label>
          <Menu.RadioGroup
            value={colorScheme}
            onChange={(value) => setColorScheme(value as MantineColorScheme)}
          >
            {SCHEMES.map(({ value, label, Icon }) => (
              <Menu.RadioItem key={value} value={value} rightSection={<Icon size={16} />}>
                {label}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item leftSection={<ExitIcon size={16} />} onClick={() => signOut.mutate()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

function initialOf(name: string): string {
  return String.fromCodePoint(name.codePointAt(0) ?? 0x3f).toUpperCase();
}
