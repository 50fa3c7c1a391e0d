// An application behind a route of the http service: a counter of visits and a few notes. examples/http-modules.yaml names
// it by its path. Requests and responses are those of the Fetch standard, so that code moves between here and elsewhere.
import type { HttpApp } from 'portico';

const maxNotes = 100;
const maxNoteLength = 1000;

interface Note {
  readonly id: number;
  readonly text: string;
  readonly from: string;
}

// What outlives a request stands here. Each worker has its own, and a reload begins with an empty one.
const notes: Note[] = [];
let visits = 0;
let nextId = 1;

const app: HttpApp = {
  start({ route, log }) {
    log.info('notes are taken', { route });
  },
  async fetch(request, { peer, account }) {
    visits += 1;
    const path = new URL(request.url).pathname.replace(/^.*\/app/, '');
    if (path === '/' && request.method === 'GET') return new Response(`Visit number ${visits}.\n`);
    if (path === '/notes' && request.method === 'GET') return Response.json(notes);
    if (path === '/notes' && request.method === 'POST') {
      // The route's max_body has a word before: a longer body is a 413, whatever is done here.
      const text = (await request.text()).slice(0, maxNoteLength);
      if (text.trim() === '') return new Response('A note without text is none.\n', { status: 400 });
      const note = { id: nextId++, text, from: account?.name ?? peer.address };
      notes.push(note);
      if (notes.length > maxNotes) notes.shift();
      return Response.json(note, { status: 201 });
    }
    if (path === '/clock') return clock(request.signal);
    return new Response('There is nothing here.\n', { status: 404 });
  },
  stop() {
    notes.length = 0;
  },
};

export default app;

/** The time, each second, as long as somebody listens. */
function clock(signal: AbortSignal): Response {
  const ticks = new ReadableStream<Uint8Array>({
    start(controller) {
      const tick = (): void => controller.enqueue(Buffer.from(`data: ${new Date().toISOString()}\n\n`));
      tick();
      const timer = setInterval(tick, 1000);
      signal.addEventListener('abort', () => clearInterval(timer));
    },
  });
  return new Response(ticks, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' } });
}
