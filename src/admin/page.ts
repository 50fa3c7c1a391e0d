/** What `/` shows: links, nothing that runs. */
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Portico</title>
<h1>Portico</h1>
<ul>
<li><a href="/api/status">/api/status</a>: services, workers, deliveries</li>
<li><a href="/api/sessions">/api/sessions</a>: who is connected</li>
<li><a href="/metrics">/metrics</a>: for Prometheus</li>
<li><a href="/healthz">/healthz</a>: 200 while the daemon lives</li>
<li><a href="/readyz">/readyz</a>: 200 when every enabled service is up</li>
</ul>
</html>
`;
