import { Button, Center, Stack, Text, Title } from '@mantine/core';

import { PageTitle } from '../components/page-title';
import { navigate } from '../lib/router';

export function MissingPage() {
  return (
    <Center h="100%" p="md">
      <PageTitle name="Nothing here" />
      <Stack align="center">
        <Title order={1} size="h3">
          There is nothing here
        </Title>
        <Text c="dimmed">The address may be mistyped, or what was here is gone.</Text>
        <Button onClick={() => navigate('/')}>Go to the chat</Button>
      </Stack>
    </Center>
  );
}
