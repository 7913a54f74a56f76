import type { IncomingMessage, ServerResponse } from "node:http";
import { type HttpListening, type ServeHttpOptions, serveHttp } from "@holdfast/node";
import type { Coroutine } from "holdfast";
import { callHandler, handlerOf, RequestCancelledError } from "./request-scope.ts";

export { RequestCancelledError } from "./request-scope.ts";
export type { HttpListening };

/** Options of `serveExpress`: those of `serveHttp`, but for who answers. */
export type ServeExpressOptions = Omit<ServeHttpOptions, "fetch" | "handle">;

type ExpressApp = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;
type Next = (error?: unknown) => void;

/**
 * Serves an Express app (4 or 5) as `serveHttp` serves handlers: every request is a task, what its handlers start belongs to
 * it, the client's going cancels it, and a shutdown lets answers finish. Wrap handlers in `scoped`, so that they are stopped.
 *
 * Cancelled: as `serveHttp`.
 * @example
 * const app = express();
 * app.get("/users/:id", scoped(async (request, response) => response.json(await findUser(request.params.id))));
 * await serveExpress(app, { port: 8080 });
 */
export function serveExpress(app: ExpressApp, options: ServeExpressOptions): Coroutine<never> {
	if (typeof app !== "function") throw new TypeError("serveExpress: pass the app that express() has made.");
	return serveHttp({ ...options, handle: handlerOf(app) });
}

/**
 * Makes a handler of Express of any function that Holdfast can call: it runs in a scope of its own, as a task of its request,
 * whichever middleware stands before it. An error is given to `next`. Cancelled, it calls nothing: there is nobody to answer,
 * or the server does it.
 *
 * An app that is not served by `serveExpress` can use it, too: then the handler is a run of its own.
 * @example
 * app.post("/orders", express.json(), scoped(async (request, response) => response.json(await order(request.body))));
 */
export function scoped<Request extends IncomingMessage, Response extends ServerResponse>(
	handler: (request: Request, response: Response, next: Next) => unknown,
): (request: Request, response: Response, next: Next) => void {
	if (typeof handler !== "function") throw new TypeError("scoped: pass a handler, a function.");
	return (request, response, next) => {
		callHandler(request, response, handler, [request, response, next]).catch((error: unknown) => {
			if (!(error instanceof RequestCancelledError)) next(error);
		});
	};
}
