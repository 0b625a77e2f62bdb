// A certified OpenID provider on loopback. Whoever posts its form is who the form says:
// NAME@example.org, not verified where NAME begins with "unverified", of the group in `groups`.
// Written to: one line of JSON with the issuer, when it listens. Its argument: the redirect URI.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

function key(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'sophia',
        client_secret: 'a client secret: with + and / and %',
        redirect_uris: [process.argv[2]],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    cookies: { keys: ['for tests'] },
    features: { devInteractions: { enabled: true } },
    jwks: { keys: [key('first')] },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: id,
        email: `${id}@example.org`,
        email_verified: !id.startsWith('unverified'),
        groups: id.startsWith('ops') ? ['ops'] : [],
      }),
    }),
  });
  server.on('request', provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
