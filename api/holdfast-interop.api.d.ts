// @holdfast/interop
//   Adapters
//   PeerError
//   loadAdapter

// @holdfast/interop/effect
//   EffectInterruptedError
//   fromEffect
//   toEffect

// @holdfast/interop/effection
//   OperationHaltedError
//   fromOperation
//   toOperation

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

// @holdfast/interop/redux-saga
//   FromSagaOptions
//   SagaCancelledError
//   SagaOf
//   fromSaga
//   toSaga

// @holdfast/interop/rxjs
//   fromObservable
//   toObservable

// dist/effect.d.ts
export declare class EffectInterruptedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare function toEffect<Op>(op: Op): Effect.Effect<EntryResult<Op>, unknown>;
export declare function fromEffect<A, E>(effect: Effect.Effect<A, E>): Coroutine<A>;
export declare function fromEffect<A, E, R>(effect: Effect.Effect<A, E, R>, services: Services.Context<NoInfer<R>>): Coroutine<A>;

// dist/effection.d.ts
export declare class OperationHaltedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare function toOperation<Op>(op: Op): Operation<EntryResult<Op>>;
export declare function fromOperation<T>(operation: Operation<T>): Coroutine<T>;

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

// dist/index.d.ts
export interface Adapters {
    effect: typeof import("./effect.ts");
    effection: typeof import("./effection.ts");
    "redux-saga": typeof import("./redux-saga.ts");
    rxjs: typeof import("./rxjs.ts");
}
export declare function loadAdapter<Name extends keyof Adapters>(name: Name): Promise<Adapters[Name]>;

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

// dist/peer-error.d.ts
export declare class PeerError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly install: string;
    constructor(adapter: string, install: string, problem: string, options?: ErrorOptions);
}

// dist/redux-saga.d.ts
export declare class SagaCancelledError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export type SagaOf<T> = Generator<unknown, T, never>;
export declare function toSaga<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>): (...args: Args) => SagaOf<T>;
export type FromSagaOptions = Pick<RunSagaOptions<never, unknown>, "channel" | "dispatch" | "getState" | "context" | "effectMiddlewares" | "sagaMonitor">;
export declare function fromSaga<Args extends readonly unknown[], T>(options: FromSagaOptions, saga: (...args: Args) => Iterator<unknown, T, never>, ...args: Args): Coroutine<EntryResult<T>>;

// dist/request-scope.d.ts
export declare class RequestCancelledError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly status: number;
    readonly statusCode: number;
    readonly expose: boolean;
    constructor();
}

// dist/rxjs.d.ts
export declare function toObservable<T>(source: Observed<T>): Observable<T>;
export declare function fromObservable<T>(observable: Observable<T>, options?: FromObservableOptions): Stream<T>;
