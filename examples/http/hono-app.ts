// The same with a framework: what Hono exports is an object with `fetch`, which is all that a route asks for. The route's
// context is `c.env`. Needs `npm install hono`.
import { Hono } from 'hono';
import type { HttpRequestContext } from 'portico';

const app = new Hono<{ Bindings: HttpRequestContext }>({ strict: false }).basePath('/hono');

app.get('/', (c) => c.text('Hello from Hono!\n'));
app.get('/hello/:name', (c) => c.json({ hello: c.req.param('name'), from: c.env.peer.address }));
app.post('/echo', async (c) => c.body(await c.req.arrayBuffer()));
app.notFound((c) => c.text('There is nothing here.\n', 404));

export default app;
