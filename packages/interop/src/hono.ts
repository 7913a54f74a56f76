import { type FetchContext, type ServeHttpOptions, serveHttp } from "@holdfast/node";
import { type Coroutine, until } from "holdfast";
import { callHandler, withRequest } from "./request-scope.ts";

export { RequestCancelledError } from "./request-scope.ts";

/** Options of `serveHono`: those of `serveHttp`, but for who answers. */
export type ServeHonoOptions = Omit<ServeHttpOptions, "fetch" | "handle">;

interface HonoApp {
	fetch(request: Request, env: FetchContext): Response | Promise<Response>;
}

interface HonoContext {
	readonly env: unknown;
}

/**
 * Serves a Hono app as `serveHttp` serves handlers: every request is a task, what its handlers start belongs to it, the
 * client's going cancels it, and a shutdown lets answers finish. Wrap handlers in `scoped`, so that they are stopped. They
 * find Node's own objects in `context.env.incoming` and `context.env.outgoing`.
 *
 * Cancelled: as `serveHttp`.
 * @example
 * const app = new Hono();
 * app.get("/users/:id", scoped(async (context) => context.json(await findUser(context.req.param("id")))));
 * await serveHono(app, { port: 8080 });
 */
export function serveHono(app: HonoApp, options: ServeHonoOptions): Coroutine<never> {
	if (typeof app?.fetch !== "function") throw new TypeError("serveHono: pass an app, new Hono().");
	return serveHttp({
		...options,
		fetch: (request, context) =>
			withRequest(context.incoming, () => until(app.fetch(request, context)) as Coroutine<Response>),
	});
}

/**
 * Makes a handler or middleware of Hono of any function that Holdfast can call: it runs in a scope of its own, as a task of
 * its request. Cancelled, it throws `RequestCancelledError` into Hono. It needs an app that is served by `serveHono`.
 *
 * @example
 * app.get("/", scoped(async (context) => context.text(await greeting())));
 */
export function scoped<Context extends HonoContext, Result>(
	handler: (context: Context, next: () => Promise<void>) => Result,
): (context: Context, next: () => Promise<void>) => Promise<Awaited<Result>> {
	if (typeof handler !== "function") throw new TypeError("scoped: pass a handler, a function.");
	return (context, next) => {
		const { incoming, outgoing } = (context.env ?? {}) as Partial<FetchContext>;
		if (incoming === undefined)
			throw new TypeError("scoped: this app is not served by serveHono(), so the request of Node is not known.");
		return callHandler(incoming, outgoing, handler, [context, next]) as Promise<Awaited<Result>>;
	};
}
