import type { ReactNode } from 'react';

interface IconProps {
  size?: number;
  className?: string | undefined;
}

/** A line drawing on a 24 grid. It says nothing: its button has the name. */
function icon(drawing: ReactNode) {
  return function Icon({ size = 18, className }: IconProps) {
    return (
      <svg
        className={className}
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {drawing}
      </svg>
    );
  };
}

export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const SendIcon = icon(<path d="M12 19V5M6 11l6-6 6 6" />);
export const StopIcon = icon(
  <rect x="7" y="7" width="10" height="10" rx="1.5" fill="currentColor" />,
);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6" />
    <path d="M15.5 15.500L20 20" />
  </>,
);
export const SaveIcon = icon(<path d="M12 4v11M7 10.500l5 5 5-5M5 20h14" />);
export const OpenIcon = icon(<path d="M12 15.500V4.500M7 9l5-5 5 5M5 20h14" />);
export const ClipIcon = icon(
  <path d="M19 11.500l-7.500 7.500a4.5 4.5 0 0 1-6.400-6.400L13 4.700a3 3 0 0 1 4.300 4.300l-7.900 7.900a1.5 1.5 0 0 1-2.100-2.100l7-7" />,
);
export const FileIcon = icon(<path d="M7 3h7l4 4v14H7zM14 3v4h4" />);
export const DotsIcon = icon(<path d="M6 12h.01M12 12h.01M18 12h.01" strokeWidth="3" />);
export const ChevronIcon = icon(<path d="M9 6l6 6-6 6" />);
export const DownIcon = icon(<path d="M12 5v14M6 13l6 6 6-6" />);
export const CopyIcon = icon(
  <>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15H4.500A1.5 1.5 0 0 1 3 13.500v-9A1.5 1.5 0 0 1 4.5 3h9A1.5 1.5 0 0 1 15 4.500V5" />
  </>,
);
export const CheckIcon = icon(<path d="M5 12.5l4.5 4.500L19 7.5" />);
export const AlertIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7.500v5.500M12 16.400v.1" />
  </>,
);
export const MenuIcon = icon(<path d="M4 7h16M4 12h16M4 17h16" />);
export const PersonIcon = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4.5 20.500a7.5 7.5 0 0 1 15 0" />
  </>,
);
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M3 20a6 6 0 0 1 12 0M15.5 5a3.5 3.5 0 0 1 0 6M18 14a6 6 0 0 1 3 5" />
  </>,
);
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 8v4l3 2" />
  </>,
);
export const ExitIcon = icon(
  <path d="M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M4 12h11M8 8l-4 4 4 4" />,
);
export const PenIcon = icon(<path d="M4 20l1-4L16.5 4.500a2.1 2.1 0 0 1 3 3L8 19z" />);
export const BinIcon = icon(<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5" />);
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.500M12 19.500V21M3 12h1.500M19.5 12H21M5.6 5.600l1.1 1.100M17.3 17.300l1.1 1.100M5.6 18.400l1.1-1.100M17.3 6.700l1.1-1.1" />
  </>,
);
export const MoonIcon = icon(
  <path d="M20 14.500A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.500z" />,
);
export const HalfIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 3.500a8.5 8.5 0 0 1 0 17z" fill="currentColor" />
  </>,
);
export const RetryIcon = icon(<path d="M20 11a8 8 0 1 0-1.5 6M20 5v6h-6" />);

/** The mark of Sophia. */
export function Mark({ size = 24 }: { size?: number }) {
  return <img src="/favicon.svg" width={size} height={size} alt="" />;
}
