import type { IncomingMessage, ServerResponse } from "node:http";
import { type ServeHttpOptions, serveHttp } from "@holdfast/node";
import { type Coroutine, cleanup, coroutine, until } from "holdfast";
import { callHandler, handlerOf } from "./request-scope.ts";

export { RequestCancelledError } from "./request-scope.ts";

/** Options of `serveFastify`: those of `serveHttp`, but for who answers. */
export type ServeFastifyOptions = Omit<ServeHttpOptions, "fetch" | "handle">;

interface FastifyApp {
	ready(): PromiseLike<unknown>;
	routing(incoming: IncomingMessage, outgoing: ServerResponse): unknown;
	close(): PromiseLike<unknown>;
}

interface FastifyRequest {
	readonly raw: IncomingMessage;
}

interface FastifyReply {
	readonly raw: ServerResponse;
}

interface RouteHooks {
	/** Fastify declares it once for each hook, with its many type parameters. */
	readonly addHook: (...args: never[]) => unknown;
}

/**
 * Serves a Fastify app as `serveHttp` serves handlers: every request is a task, what its handlers start belongs to it, the
 * client's going cancels it, and a shutdown lets answers finish. Then the app is closed, with its `onClose` hooks. Call
 * `scopedRoutes(app)` before the routes are declared, or wrap handlers in `scoped`, so that they are stopped.
 *
 * Cancelled: as `serveHttp`.
 * @example
 * const app = scopedRoutes(fastify());
 * app.get("/users/:id", async (request) => findUser(request.params.id));
 * await serveFastify(app, { port: 8080 });
 */
export function serveFastify(app: FastifyApp, options: ServeFastifyOptions): Coroutine<never> {
	if (typeof app?.routing !== "function") throw new TypeError("serveFastify: pass an app, fastify().");
	return serve(app, options) as Coroutine<never>;
}

const serve = /* @__PURE__ */ coroutine(function* serveFastify(
	app: FastifyApp,
	options: ServeFastifyOptions,
): Generator<never, void, unknown> {
	try {
		yield* until(app.ready());
		yield* serveHttp({ ...options, handle: handlerOf((incoming, outgoing) => app.routing(incoming, outgoing)) });
	} finally {
		yield* cleanup(() => app.close());
	}
});

/**
 * Wraps the handlers of all routes that are declared from now on in `scoped`. Gives the app.
 *
 * @example
 * const app = scopedRoutes(fastify());
 */
export function scopedRoutes<App extends RouteHooks>(app: App): App {
	const hook = (route: { handler: Parameters<typeof scoped>[0] }): void => {
		route.handler = scoped(route.handler);
	};
	app.addHook("onRoute" as never, hook as never);
	return app;
}

/**
 * Makes a handler of Fastify of any function that Holdfast can call: it runs in a scope of its own, as a task of its request.
 * What it gives is the answer. Cancelled, it rejects with `RequestCancelledError`, which Fastify answers with 503 if there is
 * still somebody to answer.
 *
 * @example
 * app.get("/", scoped(async () => ({ hello: await greeting() })));
 */
export function scoped<Request extends FastifyRequest, Reply extends FastifyReply>(
	handler: (request: Request, reply: Reply) => unknown,
): (request: Request, reply: Reply) => Promise<unknown> {
	if (typeof handler !== "function") throw new TypeError("scoped: pass a handler, a function.");
	return function (this: unknown, request, reply) {
		return callHandler(request.raw, reply.raw, handler, [request, reply]);
	};
}
