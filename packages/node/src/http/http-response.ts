import { type Coroutine, coroutine, until } from "holdfast";

/** Loaded by the first server with a `fetch` handler: it brings `node:http` and more, which programs without one do without. */
let fast: typeof Response | undefined;

export const loadFastResponses: () => Coroutine<typeof import("srvx/node")> = /* @__PURE__ */ coroutine(
	function* loadFastResponses(): Generator<never, typeof import("srvx/node"), unknown> {
		const library = yield* until(import("srvx/node"));
		fast = library.FastResponse as unknown as typeof Response;
		return library;
	},
);

/**
 * A `Response` that `serveHttp` sends several times as fast as the global one: what Node's own needs to be a `Response` is made
 * only if somebody asks for it. It is one to `instanceof`, and for everything that takes one. (Of the `srvx` library; one that
 * is made before there is a server with a `fetch` handler, and one of a class that extends this, is an ordinary `Response`.)
 *
 * @example
 * fetch: () => new HttpResponse("hello")
 */
export const HttpResponse: typeof Response = /* @__PURE__ */ new Proxy(function HttpResponse() {} as never, {
	construct: (_target, args: ConstructorParameters<typeof Response>, newTarget): Response =>
		newTarget === HttpResponse ? new (fast ?? Response)(...args) : Reflect.construct(Response, args, newTarget),
	get: (_target, name) => Reflect.get(name === "prototype" ? Response : (fast ?? Response), name),
});
