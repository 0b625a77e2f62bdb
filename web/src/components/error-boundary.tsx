import { Button, Stack, Text, Title } from '@mantine/core';
import { Component, type ReactNode } from 'react';

interface Props {
  children: ReactNode;
  /** When it changes, what could not be drawn is tried again. */
  subject?: string;
}

/** Catches what a page could not draw, so that not everything goes blank. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidUpdate(before: Props) {
    const isOther = before.subject !== this.props.subject;
    if (isOther && this.state.error !== null) this.setState({ error: null });
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <Stack align="center" p="xl" role="alert">
        <Title order={2}>This page could not be drawn</Title>
        <Text c="dimmed">{this.state.error.message}</Text>
        <Button onClick={() => location.reload()}>Load it again</Button>
      </Stack>
    );
  }
}
