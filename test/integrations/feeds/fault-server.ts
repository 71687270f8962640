import http from "node:http";
import type { AddressInfo, Socket } from "node:net";

type Asked = {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: http.IncomingHttpHeaders;
  body: string;
};
export type Handler = (asked: Asked, response: http.ServerResponse, socket: Socket) => void | Promise<void>;

/** A publisher on a free port of this machine that behaves as `handler` does; gone with the block. */
export async function publisher(handler: Handler, options: { date?: boolean } = {}) {
  const asked: Asked[] = [];
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url!, "http://publisher");
    const one: Asked = {
      method: request.method!,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body,
    };
    asked.push(one);
    response.sendDate = options.date ?? true;
    await handler(one, response, request.socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with JSON; a string goes out as it is. */
export function json(response: http.ServerResponse, content: unknown, headers: http.OutgoingHttpHeaders = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers });
  response.end(typeof content === "string" ? content : JSON.stringify(content));
}
