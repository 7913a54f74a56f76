// @holdfast/interop/express
//   HttpListening
//   RequestCancelledError
//   ServeExpressOptions
//   scoped
//   serveExpress

// @holdfast/interop/fastify
//   RequestCancelledError
//   ServeFastifyOptions
//   scoped
//   scopedRoutes
//   serveFastify

// @holdfast/interop/hono
//   RequestCancelledError
//   ServeHonoOptions
//   scoped
//   serveHono

// @holdfast/interop/koa
//   RequestCancelledError
//   ServeKoaOptions
//   scoped
//   serveKoa

// dist/express.d.ts
export type ServeExpressOptions = Omit<ServeHttpOptions, "fetch" | "handle">;
type ExpressApp = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;
type Next = (error?: unknown) => void;
export declare function serveExpress(app: ExpressApp, options: ServeExpressOptions): Coroutine<never>;
export declare function scoped<Request extends IncomingMessage, Response extends ServerResponse>(handler: (request: Request, response: Response, next: Next) => unknown): (request: Request, response: Response, next: Next) => void;

// dist/fastify.d.ts
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
    readonly addHook: (...args: never[]) => unknown;
}
export declare function serveFastify(app: FastifyApp, options: ServeFastifyOptions): Coroutine<never>;
export declare function scopedRoutes<App extends RouteHooks>(app: App): App;
export declare function scoped<Request extends FastifyRequest, Reply extends FastifyReply>(handler: (request: Request, reply: Reply) => unknown): (request: Request, reply: Reply) => Promise<unknown>;

// dist/hono.d.ts
export type ServeHonoOptions = Omit<ServeHttpOptions, "fetch" | "handle">;
interface HonoApp {
    fetch(request: Request, env: FetchContext): Response | Promise<Response>;
}
interface HonoContext {
    readonly env: unknown;
}
export declare function serveHono(app: HonoApp, options: ServeHonoOptions): Coroutine<never>;
export declare function scoped<Context extends HonoContext, Result>(handler: (context: Context, next: () => Promise<void>) => Result): (context: Context, next: () => Promise<void>) => Promise<Awaited<Result>>;

// dist/koa.d.ts
export type ServeKoaOptions = Omit<ServeHttpOptions, "fetch" | "handle">;
interface KoaApp {
    callback(): (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;
}
interface KoaContext {
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
}
export declare function serveKoa(app: KoaApp, options: ServeKoaOptions): Coroutine<never>;
export declare function scoped<Context extends KoaContext>(middleware: (context: Context, next: () => Promise<unknown>) => unknown): (context: Context, next: () => Promise<unknown>) => Promise<unknown>;

// dist/request-scope.d.ts
export declare class RequestCancelledError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly status: number;
    readonly statusCode: number;
    readonly expose: boolean;
    constructor();
}
