import { createTheme, type MantineColorsTuple, Modal, PasswordInput } from '@mantine/core';

const sea: MantineColorsTuple = [
  '#ecf6f7',
  '#d9eaec',
  '#b1d5d9',
  '#86bec5',
  '#63abb4',
  '#4d9faa',
  '#3d949f',
  '#2e7f8a',
  '#226f79',
  '#115f69',
];

// Mantine's neutral greys, a little towards the sea.
const dark: MantineColorsTuple = [
  '#e0e6e9',
  '#b9c3c9',
  '#9aa5ad',
  '#6f7a82',
  '#3b444a',
  '#31393e',
  '#272d31',
  '#1f2427',
  '#191d20',
  '#121517',
];

export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: { light: 8, dark: 7 },
  colors: { sea, dark },
  autoContrast: true,
  defaultRadius: 'md',
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily:
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace:
    "ui-monospace, SFMono-Regular, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace",
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  headings: { fontWeight: '600' },
  components: {
    Modal: Modal.extend({ styles: { title: { fontWeight: 600 } } }),
    PasswordInput: PasswordInput.extend({
      // Mantine leaves the eye to the pointer.
      defaultProps: { visibilityToggleFocusable: true },
    }),
  },
});
