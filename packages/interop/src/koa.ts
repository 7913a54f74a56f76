import type { IncomingMessage, ServerResponse } from "node:http";
import { type ServeHttpOptions, serveHttp } from "@holdfast/node";
import type { Coroutine } from "holdfast";
import { callHandler, handlerOf } from "./request-scope.ts";

export { RequestCancelledError } from "./request-scope.ts";

/** Options of `serveKoa`: those of `serveHttp`, but for who answers. */
export type ServeKoaOptions = Omit<ServeHttpOptions, "fetch" | "handle">;

interface KoaApp {
	callback(): (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;
}

interface KoaContext {
	readonly req: IncomingMessage;
	readonly res: ServerResponse;
}

/**
 * Serves a Koa app as `serveHttp` serves handlers: every request is a task, what its middleware starts belongs to it, the
 * client's going cancels it, and a shutdown lets answers finish. Wrap middleware in `scoped`, so that it is stopped.
 *
 * Cancelled: as `serveHttp`.
 * @example
 * const app = new Koa();
 * app.use(scoped(async (context) => { context.body = await findUser(context.path); }));
 * await serveKoa(app, { port: 8080 });
 */
export function serveKoa(app: KoaApp, options: ServeKoaOptions): Coroutine<never> {
	if (typeof app?.callback !== "function") throw new TypeError("serveKoa: pass an app, new Koa().");
	return serveHttp({ ...options, handle: handlerOf(app.callback()) });
}

/**
 * Makes middleware of Koa of any function that Holdfast can call: it runs in a scope of its own, as a task of its request.
 * Cancelled, it rejects with `RequestCancelledError`, so that the middleware around it can clean up; Koa does not print it.
 *
 * @example
 * app.use(scoped(async (context, next) => { await next(); context.set("x-user", await user()); }));
 */
export function scoped<Context extends KoaContext>(
	middleware: (context: Context, next: () => Promise<unknown>) => unknown,
): (context: Context, next: () => Promise<unknown>) => Promise<unknown> {
	if (typeof middleware !== "function") throw new TypeError("scoped: pass a middleware, a function.");
	return (context, next) => callHandler(context.req, context.res, middleware, [context, next]);
}
