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

// @holdfast/interop/opentelemetry
//   OpenTelemetryOptions
//   contextManager
//   openTelemetry

// @holdfast/interop/react
//   Action
//   ActionControls
//   ActionOptions
//   ActionPolicy
//   ActionState
//   ComponentScope
//   ComponentScopeOptions
//   FallibleAction
//   HoldfastProvider
//   HoldfastProviderProps
//   Provided
//   StreamView
//   TaskView
//   ThrowingStreamView
//   ThrowingTaskView
//   WorkControls
//   WorkOptions
//   WorkState
//   provide
//   useAction
//   useScope
//   useStream
//   useTask

// @holdfast/interop/redux-saga
//   FromSagaOptions
//   SagaCancelledError
//   SagaOf
//   fromSaga
//   toSaga

// @holdfast/interop/rxjs
//   fromObservable
//   toObservable

// dist/context-manager.d.ts
export declare function contextManager(): ContextManager;

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
    opentelemetry: typeof import("./opentelemetry.ts");
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

// dist/opentelemetry.d.ts
export interface OpenTelemetryOptions {
    tracer?: Tracer;
    runs?: boolean;
    tasks?: boolean | ((task: Task, parent: Task | undefined) => boolean | "root");
    groups?: boolean | ((group: TaskGroup, task: Task) => boolean);
    attributes?: (subject: Task | TaskGroup) => Attributes;
}
export declare function openTelemetry(options?: OpenTelemetryOptions): Instrument;

// dist/peer-error.d.ts
export declare class PeerError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly install: string;
    constructor(adapter: string, install: string, problem: string, options?: ErrorOptions);
}

// dist/react/actions.d.ts
export type ActionPolicy = "switch" | "drop" | "queue" | "parallel";
export type ActionState<T> = ({
    readonly status: "idle";
    readonly value: undefined;
    readonly error: undefined;
} | {
    readonly status: "running";
    readonly value: T | undefined;
    readonly error: undefined;
} | {
    readonly status: "done";
    readonly value: T;
    readonly error: undefined;
} | {
    readonly status: "failed";
    readonly value: T | undefined;
    readonly error: unknown;
} | {
    readonly status: "cancelled";
    readonly value: T | undefined;
    readonly error: undefined;
}) & {
    readonly running: number;
    readonly waiting: number;
};

// dist/react/provider.d.ts
export interface Provided {
    set(): void;
}
export declare function provide<T>(variable: ContextVar<T>, value: T): Provided;
export interface HoldfastProviderProps {
    readonly children?: ReactNode;
    readonly onReport?: RunOptions["onReport"];
    readonly instruments?: RunOptions["instruments"];
    readonly grace?: RunOptions["grace"];
    readonly bareCalls?: RunOptions["bareCalls"];
    readonly loop?: RunOptions["loop"];
    readonly values?: readonly Provided[];
}
export declare function HoldfastProvider(props: HoldfastProviderProps): ReactElement;

// dist/react/use-action.d.ts
export interface ActionControls<Args extends readonly unknown[]> {
    start(...args: Args): void;
    cancel(): void;
}
export type Action<Args extends readonly unknown[], T> = Exclude<ActionState<T>, {
    status: "failed";
}> & ActionControls<Args>;
export type FallibleAction<Args extends readonly unknown[], T> = ActionState<T> & ActionControls<Args>;
export interface ActionOptions {
    readonly policy: ActionPolicy;
    readonly throws?: boolean | undefined;
    readonly name?: string | undefined;
}
export declare function useAction<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>, options: ActionOptions & {
    readonly throws: false;
}): FallibleAction<Args, T>;
export declare function useAction<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>, options: ActionOptions & {
    readonly throws?: true | undefined;
}): Action<Args, T>;

// dist/react/use-scope.d.ts
export interface ComponentScope {
    start<Args extends readonly unknown[]>(fn: Spawnable<Args, unknown>, ...args: Args): void;
    cancel(): void;
    readonly running: number;
}
export interface ComponentScopeOptions {
    readonly onError?: ((error: unknown) => void) | undefined;
}
export declare function useScope({ onError }?: ComponentScopeOptions): ComponentScope;

// dist/react/use-stream.d.ts
export type StreamView<T> = (Exclude<WorkState<T>, {
    status: "done";
}> & WorkControls) | ({
    readonly status: "done";
    readonly value: T | undefined;
    readonly error: undefined;
} & WorkControls);
export type ThrowingStreamView<T> = Exclude<StreamView<T>, {
    status: "failed";
}>;
export declare function useStream<T>(open: () => Source<T> | PromiseLike<Source<T>>, dependencies: DependencyList, options: WorkOptions & {
    readonly throws: true;
}): ThrowingStreamView<T>;
export declare function useStream<T>(open: () => Source<T> | PromiseLike<Source<T>>, dependencies: DependencyList, options?: WorkOptions): StreamView<T>;

// dist/react/use-task.d.ts
export type TaskView<T> = WorkState<T> & WorkControls;
export type ThrowingTaskView<T> = Exclude<WorkState<T>, {
    status: "failed";
}> & WorkControls;
export declare function useTask<T>(body: () => Awaitable<T>, dependencies: DependencyList, options: WorkOptions & {
    readonly throws: true;
}): ThrowingTaskView<T>;
export declare function useTask<T>(body: () => Awaitable<T>, dependencies: DependencyList, options?: WorkOptions): TaskView<T>;

// dist/react/work.d.ts
export type WorkState<T> = {
    readonly status: "running";
    readonly value: T | undefined;
    readonly error: undefined;
} | {
    readonly status: "done";
    readonly value: T;
    readonly error: undefined;
} | {
    readonly status: "failed";
    readonly value: T | undefined;
    readonly error: unknown;
} | {
    readonly status: "cancelled";
    readonly value: T | undefined;
    readonly error: undefined;
};
export interface WorkControls {
    cancel(): void;
    restart(): void;
}
export interface WorkOptions {
    readonly keepPrevious?: boolean | undefined;
    readonly waitForCleanup?: boolean | undefined;
    readonly throws?: boolean | undefined;
    readonly name?: string | undefined;
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
