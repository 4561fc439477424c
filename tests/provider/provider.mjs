// A real OpenID provider (npm oidc-provider) for the sign-in tests: loopback only, everything in memory.
//
//   node provider.mjs RETURN_ADDRESS...
//
// prints {"issuer": ...} on one line when it listens and ends when its input is closed. USERS is a JSON
// object: login -> {password, preferred_username, groups}; LEAN=1 gives claims at userinfo only.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const { env } = process;
console.warn = console.info = () => {}; // its notices on development settings and on older Node
const { Provider } = await import('oidc-provider');

const clientId = 'guiju';
const users = JSON.parse(env.USERS);
const escaped = (text) => String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
const page = (uid, trouble = '') => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Test provider</title>
<h1>Test provider</h1><p>${escaped(trouble)}</p><form method="post" action="/interaction/${escaped(uid)}">
<label>User <input name="login"></label> <label>Password <input name="password" type="password"></label>
<button name="do" value="login">Sign in</button> <button name="do" value="cancel">Cancel</button></form></html>`;

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const provider = new Provider(issuer, {
  clients: [{
    client_id: clientId,
    client_secret: env.CLIENT_SECRET,
    redirect_uris: process.argv.slice(2),
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'RS256',
  }],
  jwks: { keys: [{ ...key, use: 'sig', alg: 'RS256' }] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  scopes: ['openid', 'profile', 'groups'],
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  conformIdTokenClaims: env.LEAN === '1',
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  async findAccount(ctx, id) {
    const { password, ...claims } = users[id] ?? {};
    return users[id] && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
  },
  async loadExistingGrant(ctx) { // no page that asks for consent
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile groups');
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  const uid = /^\/interaction\/([\w-]+)$/.exec(ctx.path)?.[1];
  if (!uid) return next();
  await provider.interactionDetails(ctx.req, ctx.res); // throws without the interaction's cookie
  ctx.type = 'html';
  if (ctx.method !== 'POST') { ctx.body = page(uid); return undefined; }
  let body = '';
  for await (const piece of ctx.req) body += piece;
  const form = new URLSearchParams(body);
  const login = form.get('login');
  let result = { error: 'access_denied', error_description: 'cancelled' };
  if (form.get('do') !== 'cancel') {
    if (!Object.hasOwn(users, login) || users[login].password !== form.get('password')) {
      ctx.body = page(uid, 'Wrong user or password');
      return undefined;
    }
    result = { login: { accountId: login } };
  }
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }));
  ctx.status = 303;
  return undefined;
});

server.on('request', provider.callback());
process.stdin.resume().on('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ issuer })}\n`);
