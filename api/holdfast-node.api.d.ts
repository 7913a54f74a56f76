// @holdfast/node
//   ByteStream
//   ConnectError
//   ConnectOptions
//   ConnectWebSocketOptions
//   CopyFileOptions
//   DirectoryNotEmptyError
//   DiskFullError
//   EndedProcess
//   EventSourceOptions
//   EventStreamOptions
//   Exec
//   ExecOptions
//   ExecPipeline
//   ExecPipelineOptions
//   ExecPipelineResult
//   ExecResult
//   ExitStatus
//   FetchContext
//   FetchHandler
//   FileChange
//   FileExistsError
//   FileFlags
//   FileNotFoundError
//   FilePath
//   FileSystemError
//   HostAddress
//   HostEvents
//   HttpListening
//   HttpResponse
//   HttpStatistics
//   HttpStatusError
//   IncompleteReadError
//   InvalidTextError
//   IsDirectoryError
//   LimitExceededError
//   LimitOptions
//   LineOptions
//   ListenAddress
//   ListenError
//   ListenOptions
//   Listener
//   ListenerStatistics
//   MkdirOptions
//   NamedCall
//   NodeHandler
//   NodeReadableOptions
//   NodeWritableOptions
//   NotDirectoryError
//   OpenFile
//   OpenOptions
//   PermissionError
//   PipelineStage
//   PipelineStageResult
//   Process
//   ProcessExitError
//   ProcessInput
//   ProcessOptions
//   ProcessStartError
//   ProcessStdio
//   ReadEventsOptions
//   ReadFile
//   ReadFileOptions
//   ReceiveStream
//   RmOptions
//   RunInWorkerOptions
//   SendStream
//   ServeHttpOptions
//   ServeOptions
//   ServerSentEvent
//   SocketAddress
//   SocketListener
//   SocketOptions
//   SocketStatistics
//   SocketStream
//   SpawnProcessOptions
//   TemporaryFileOptions
//   TemporaryOptions
//   TextEncoding
//   TooManyOpenFilesError
//   Walk
//   WalkEntry
//   WalkOptions
//   WatchOptions
//   WebSocket
//   WebSocketEnd
//   WebSocketHandler
//   WebSocketMessage
//   WebSocketOptions
//   WebSocketStatistics
//   WorkOptions
//   WorkerDataError
//   WorkerDiedError
//   WorkerFunctionError
//   WorkerModule
//   WorkerPool
//   WorkerPoolOptions
//   WorkerPoolStatistics
//   WriteFileArguments
//   WriteFileOptions
//   appendFile
//   callByName
//   chmod
//   connect
//   connectWebSocket
//   copyFile
//   defaultWorkerLimiter
//   eventSource
//   eventStream
//   exec
//   execPipeline
//   exists
//   fetch
//   fetchOk
//   fromNodeReadable
//   fromNodeWritable
//   isTransient
//   listen
//   lstat
//   mkdir
//   open
//   openWorkerPool
//   readEvents
//   readFile
//   readdir
//   readlink
//   realpath
//   rename
//   rm
//   runInWorker
//   serve
//   serveHttp
//   shareWithWorkers
//   signals
//   spawnProcess
//   stapleStreams
//   stat
//   streamResponse
//   symlink
//   temporaryDirectory
//   temporaryFile
//   throughNode
//   toNodeReadable
//   toNodeWritable
//   transfer
//   unlink
//   walk
//   watch
//   writeFile
//   writeFileAtomic

// dist/buffered-reader.d.ts
export declare abstract class BufferedReader implements ReceiveStream {
    readonly buffer: ReceiveBuffer;
    reading: string | undefined;
    closed: boolean;
    abstract readonly description: string;
    abstract fill(maximum: number): Generator<never, boolean, unknown>;
    abstract shut(): Coroutine<void>;
    taken(): void;
    read(maximum?: number): Coroutine<Uint8Array | undefined>;
    readExactly(count: number): Coroutine<Uint8Array>;
    readUntil(delimiter: string | Uint8Array, options?: LimitOptions): Coroutine<Uint8Array>;
    readLine(options?: LineOptions): Coroutine<string | undefined>;
    lines(options?: LineOptions): AsyncIterable<string>;
    readAll(options?: LimitOptions): Coroutine<Uint8Array>;
    close(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
    [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined>;
    enter(what: string): void;
    take(maximum: number): Uint8Array;
    takeSome(maximum: number): Uint8Array;
}

// dist/byte-stream.d.ts
export interface LimitOptions {
    readonly limit?: number;
}
export interface LineOptions extends LimitOptions {
    readonly invalid?: "throw" | "replace";
}
export interface ReceiveStream extends AsyncIterable<Uint8Array>, AsyncDisposable {
    read(maximum?: number): Coroutine<Uint8Array | undefined>;
    readExactly(count: number): Coroutine<Uint8Array>;
    readUntil(delimiter: string | Uint8Array, options?: LimitOptions): Coroutine<Uint8Array>;
    readLine(options?: LineOptions): Coroutine<string | undefined>;
    lines(options?: LineOptions): AsyncIterable<string>;
    readAll(options?: LimitOptions): Coroutine<Uint8Array>;
    close(): Coroutine<void>;
}
export interface SendStream extends AsyncDisposable {
    write(data: Uint8Array | string): Coroutine<void>;
    close(): Coroutine<void>;
}
export interface ByteStream extends ReceiveStream, SendStream {
    end(): Coroutine<void>;
    close(): Coroutine<void>;
}

// dist/check-path.d.ts
export type FilePath = string | URL;

// dist/connect.d.ts
export interface ConnectOptions extends SocketOptions {
    readonly port?: number;
    readonly host?: string;
    readonly path?: string;
    readonly tls?: boolean | tls.ConnectionOptions;
    readonly timeout?: number;
    readonly attemptDelay?: number;
    readonly family?: 4 | 6;
    readonly localAddress?: string;
    readonly lookup?: (host: string, family: 4 | 6 | undefined) => Awaitable<readonly HostAddress[]>;
}
export declare function connect(options: ConnectOptions): Coroutine<SocketStream>;

// dist/descriptor.d.ts
type Begin<T> = (descriptor: number, done: (error: unknown, value?: T) => void) => void;
export interface DescriptorCall<T> {
    readonly operation: string;
    start: Begin<T>;
    sync(descriptor: number): T;
    readonly changes?: boolean;
    late?(value: T): void;
}
export declare class Descriptor {
    #private;
    readonly path: string;
    readonly isRegular: boolean;
    readonly size: number;
    readonly mode: number;
    constructor(path: string, number: number, stats: fs.Stats, sync: boolean);
    get isOpen(): boolean;
    call<T>(call: DescriptorCall<T>): Coroutine<T>;
    run(call: DescriptorCall<unknown>): Generator<never, unknown, unknown>;
    close(): Coroutine<void>;
    closeNow(): void;
    closed(): Generator<never, void, unknown>;
}

// dist/errors.d.ts
export declare class IncompleteReadError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly partial: Uint8Array;
    readonly expected: number | Uint8Array;
    constructor(message: string, partial: Uint8Array, expected: number | Uint8Array);
}
export declare class InvalidTextError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly bytes: Uint8Array;
    constructor(message: string, bytes: Uint8Array);
}
export declare class LimitExceededError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly limit: number;
    constructor(message: string, limit: number);
}
export declare class ConnectError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly errors: readonly unknown[];
    constructor(message: string, errors?: readonly unknown[]);
}
export declare class ListenError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}

// dist/exec-options.d.ts
export type ProcessInput = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
export interface ExecOptions extends ProcessOptions {
    input?: ProcessInput;
    stdin?: "inherit";
    stdout?: "collect" | "inherit" | "ignore";
    stderr?: "collect" | "inherit" | "ignore";
    encoding?: TextEncoding;
    maxOutput?: number;
    check?: boolean;
}
export interface ExecResult<Output extends string | Uint8Array = string> extends ExitStatus {
    readonly stdout: Output;
    readonly stderr: Output;
}

// dist/exec-pipeline.d.ts
export type ExecPipelineOptions = Omit<ExecOptions, "shell">;
export type PipelineStage = readonly [command: string, ...args: string[]];
export interface PipelineStageResult<Output extends string | Uint8Array = string> extends ExitStatus {
    readonly command: string;
    readonly args: readonly string[];
    readonly stderr: Output;
}
export interface ExecPipelineResult<Output extends string | Uint8Array = string> {
    readonly stdout: Output;
    readonly stages: readonly PipelineStageResult<Output>[];
}
export interface ExecPipeline {
    (stages: readonly PipelineStage[], options: ExecPipelineOptions & {
        readonly encoding: "buffer";
    }): Coroutine<ExecPipelineResult<Uint8Array>>;
    (stages: readonly PipelineStage[], options?: ExecPipelineOptions): Coroutine<ExecPipelineResult>;
}
export declare const execPipeline: ExecPipeline;

// dist/exec.d.ts
export interface Exec extends ExecCall<"async"> {
    readonly sync: ExecCall<"sync">;
}
interface ExecCall<Colour extends "async" | "sync"> {
    (command: string, args: readonly string[] | undefined, options: ExecOptions & {
        readonly encoding: "buffer";
    }): Given<Colour, ExecResult<Uint8Array>>;
    (command: string, args?: readonly string[], options?: ExecOptions): Given<Colour, ExecResult>;
}
type Given<Colour extends "async" | "sync", T> = Colour extends "async" ? Coroutine<T> : T;
export declare const exec: Exec;

// dist/file-errors.d.ts
interface HostError extends Error {
    readonly code?: string;
    readonly path?: string;
    readonly dest?: string;
}
export declare class FileSystemError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly path: string | undefined;
    readonly destination: string | undefined;
    readonly operation: string;
    protected static readonly usualCode: string;
    constructor(message: string, operation?: string, path?: string, cause?: HostError);
}
export declare class FileNotFoundError extends FileSystemError {
    readonly name: string;
    protected static readonly usualCode: string;
}
export declare class FileExistsError extends FileSystemError {
    readonly name: string;
    protected static readonly usualCode: string;
}
export declare class PermissionError extends FileSystemError {
    readonly name: string;
    protected static readonly usualCode: string;
}
export declare class IsDirectoryError extends FileSystemError {
    readonly name: string;
    protected static readonly usualCode: string;
}
export declare class NotDirectoryError extends FileSystemError {
    readonly name: string;
    protected static readonly usualCode: string;
}
export declare class DirectoryNotEmptyError extends FileSystemError {
    readonly name: string;
    protected static readonly usualCode: string;
}
export declare class DiskFullError extends FileSystemError {
    readonly name: string;
    protected static readonly usualCode: string;
}
export declare class TooManyOpenFilesError extends FileSystemError {
    readonly name: string;
    protected static readonly usualCode: string;
}

// dist/file-operations.d.ts
export declare const stat: CoroutineFunction<[path: FilePath], fs.Stats>;
export declare const lstat: CoroutineFunction<[path: FilePath], fs.Stats>;
export declare const exists: CoroutineFunction<[path: FilePath], boolean>;
export declare const readdir: CoroutineFunction<[path: FilePath], fs.Dirent[]>;
export interface MkdirOptions {
    recursive?: boolean;
    mode?: number;
}
export declare const mkdir: CoroutineFunction<[path: FilePath, options?: MkdirOptions], string | undefined>;
export interface RmOptions {
    recursive?: boolean;
    force?: boolean;
    maxRetries?: number;
}
export declare const rm: CoroutineFunction<[path: FilePath, options?: RmOptions], void>;
export declare const unlink: CoroutineFunction<[path: FilePath], void>;
export declare const rename: CoroutineFunction<[from: FilePath, to: FilePath], void>;
export interface CopyFileOptions {
    overwrite?: boolean;
}
export declare const copyFile: CoroutineFunction<[from: FilePath, to: FilePath, options?: CopyFileOptions], void>;
export declare const symlink: CoroutineFunction<[target: FilePath, path: FilePath], void>;
export declare const readlink: CoroutineFunction<[path: FilePath], string>;
export declare const realpath: CoroutineFunction<[path: FilePath], string>;
export declare const chmod: CoroutineFunction<[path: FilePath, mode: number], void>;

// dist/happy-eyeballs.d.ts
export interface HostAddress {
    readonly address: string;
    readonly family: 4 | 6;
}

// dist/host-events.d.ts
export interface HostEvents<T> extends AsyncIterable<T, undefined>, Disposable {
    next(): Coroutine<IteratorResult<T, undefined>>;
    return(): IteratorReturnResult<undefined>;
    close(): void;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

// dist/http/exchange.d.ts
export interface FetchContext {
    readonly incoming: IncomingMessage;
    readonly outgoing: ServerResponse;
}
export type FetchHandler = (request: Request, context: FetchContext) => Awaitable<Response>;
export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => Awaitable<unknown>;

// dist/http/fetch-ok.d.ts
export declare class HttpStatusError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
    constructor(message: string, status: number, headers: Headers, text: string);
}
export declare function fetchOk(input: RequestInfo | URL, init?: RequestInit): Coroutine<Response>;
export declare function isTransient(error: unknown): boolean;

// dist/http/fetch.d.ts
export declare const fetch: (input: RequestInfo | URL, init?: RequestInit) => Coroutine<Response>;

// dist/http/http-response.d.ts
export declare const HttpResponse: typeof Response;

// dist/http/http-server.d.ts
export interface HttpStatistics {
    readonly connections: number;
    readonly active: number;
    readonly answered: number;
    readonly failed: number;
    readonly disconnected: number;
    readonly refused: number;
    readonly cut: number;
}

// dist/http/serve-http.d.ts
export interface ServeHttpOptions {
    fetch?: FetchHandler;
    handle?: NodeHandler;
    webSocket?: WebSocketHandler;
    webSocketOptions?: WebSocketOptions;
    port?: number;
    host?: string;
    path?: string;
    tls?: SecureServerOptions;
    onListening?: (listening: HttpListening) => void;
    drain?: number;
    maxBodySize?: number;
    maxHeaderSize?: number;
    maxConnections?: number;
    headersTimeout?: number;
    requestTimeout?: number;
    keepAliveTimeout?: number;
}
export interface HttpListening {
    readonly host: string;
    readonly port: number;
    readonly url: string;
    statistics(): HttpStatistics;
}
export declare function serveHttp(options: ServeHttpOptions): Coroutine<never>;

// dist/http/server-sent-events.d.ts
export interface ServerSentEvent {
    readonly data: string;
    readonly event?: string | undefined;
    readonly id?: string | undefined;
    readonly retry?: number | undefined;
}
export interface EventStreamOptions {
    readonly headers?: HeadersInit;
    readonly heartbeat?: number;
}
export declare function eventStream(source: AsyncIterable<ServerSentEvent | string>, options?: EventStreamOptions): Response;
export interface ReadEventsOptions {
    readonly maxEventSize?: number;
}
export declare function readEvents(response: Response, options?: ReadEventsOptions): AsyncIterable<ServerSentEvent>;
export interface EventSourceOptions extends ReadEventsOptions {
    readonly headers?: HeadersInit;
    readonly lastEventId?: string;
    readonly retry?: number;
    readonly attempts?: number;
}
export declare function eventSource(url: string | URL, options?: EventSourceOptions): AsyncIterable<ServerSentEvent>;

// dist/http/streaming.d.ts
export declare function streamResponse(body: AsyncIterable<string | Uint8Array>, init?: ResponseInit): Response;

// dist/http/web-socket.d.ts
export type WebSocketMessage = string | Uint8Array;
export interface WebSocketEnd {
    readonly code: number;
    readonly reason: string;
}
export interface WebSocketStatistics {
    readonly received: number;
    readonly sending: number;
    readonly state: "open" | "closing" | "closed";
}
export interface WebSocket extends AsyncIterable<WebSocketMessage>, AsyncDisposable {
    send(message: WebSocketMessage): Coroutine<void>;
    receive(): Coroutine<WebSocketMessage>;
    close(code?: number, reason?: string): Coroutine<void>;
    readonly end: WebSocketEnd | undefined;
    readonly protocol: string;
    statistics(): WebSocketStatistics;
}
export interface WebSocketOptions {
    maxMessageSize?: number;
    capacity?: number;
    maxBuffered?: number;
    pingInterval?: number;
    closeTimeout?: number;
}
export interface ConnectWebSocketOptions extends WebSocketOptions {
    readonly headers?: Record<string, string>;
    readonly protocols?: readonly string[];
    readonly tls?: ConnectionOptions;
}
export declare function connectWebSocket(url: string | URL, options?: ConnectWebSocketOptions): Resource<WebSocket>;
export type WebSocketHandler = (socket: WebSocket, incoming: IncomingMessage) => Awaitable<unknown>;

// dist/listen.d.ts
export interface ListenAddress {
    readonly host: string;
    readonly port: number;
    readonly path: string;
    readonly url: string;
}
export interface ListenOptions extends SocketOptions {
    readonly port?: number;
    readonly host?: string;
    readonly path?: string;
    readonly tls?: tls.TlsOptions;
    readonly backlog?: number;
    readonly ipv6Only?: boolean;
}
export interface ListenerStatistics {
    readonly open: number;
    readonly pending: number;
    readonly accepted: number;
    readonly dropped: number;
    readonly failedHandshakes: number;
}
export interface Listener<S extends ByteStream = ByteStream> extends AsyncIterable<S>, AsyncDisposable {
    accept(): Coroutine<S>;
    close(): Coroutine<void>;
}
export interface SocketListener extends Listener<SocketStream> {
    readonly address: ListenAddress;
    statistics(): ListenerStatistics;
}
export declare function listen(options: ListenOptions): Coroutine<SocketListener>;

// dist/open-file.d.ts
export type FileFlags = "r" | "r+" | "w" | "w+" | "wx" | "wx+" | "a" | "a+" | "ax" | "ax+" | (string & {});
export interface OpenOptions {
    mode?: number;
}
export declare function open(path: FilePath, flags?: FileFlags, options?: OpenOptions): Resource<OpenFile>;
export declare class OpenFile extends BufferedReader implements SendStream {
    #private;
    readonly path: string;
    readonly description: string;
    constructor(descriptor: Descriptor, appends: boolean);
    get isSeekable(): boolean;
    get position(): number;
    set position(position: number);
    write(data: Uint8Array | string): Coroutine<void>;
    writeBytes(bytes: Uint8Array): Generator<never, void, unknown>;
    readAt(position: number, length: number): Coroutine<Uint8Array>;
    writeAt(position: number, data: Uint8Array | string): Coroutine<void>;
    stat(): Coroutine<fs.Stats>;
    truncate(length?: number): Coroutine<void>;
    flush(): Coroutine<void>;
    fill(maximum: number): Generator<never, boolean, unknown>;
    shut(): Coroutine<void>;
}

// dist/process-errors.d.ts
export interface ExitStatus {
    readonly exitCode: number | null;
    readonly signal: NodeJS.Signals | null;
}
export declare class ProcessStartError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly command: string;
    readonly args: readonly string[];
    constructor(message: string, code?: string, command?: string, args?: readonly string[], cause?: unknown);
}
export interface EndedProcess extends ExitStatus {
    readonly command: string;
    readonly args: readonly string[];
    readonly stdout: string | Uint8Array;
    readonly stderr: string | Uint8Array;
}
export declare class ProcessExitError extends HoldfastError implements EndedProcess {
    readonly name: string;
    readonly code: string;
    readonly command: string;
    readonly args: readonly string[];
    readonly exitCode: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly stdout: string | Uint8Array;
    readonly stderr: string | Uint8Array;
    constructor(message: string, ended?: Partial<EndedProcess>);
}

// dist/process-lifetime.d.ts
export type Stdio = readonly ("pipe" | "inherit" | "ignore" | number)[];
export declare class ProcessLifetime {
    #private;
    readonly command: Command;
    readonly child: ChildProcess;
    readonly pid: number;
    readonly ownGroup: boolean;
    status: ExitStatus | undefined;
    gone: boolean;
    private constructor();
    static start(command: Command, stdio: Stdio): Generator<never, ProcessLifetime, unknown>;
    static startNow(command: Command, stdio: Stdio): ProcessLifetime | {
        readonly child: ChildProcess;
    };
    signal(signal: NodeJS.Signals): boolean;
    ask(signal: NodeJS.Signals): void;
    exited(): Coroutine<void>;
    allGone(): Coroutine<void>;
    giveUp(): void;
}

// dist/process-options.d.ts
export interface ProcessOptions {
    cwd?: string | URL;
    env?: Readonly<Record<string, string | undefined>>;
    inheritEnv?: boolean;
    shell?: boolean | string;
    ownGroup?: boolean;
    stopSignal?: NodeJS.Signals;
    grace?: number;
    uid?: number;
    gid?: number;
}
export interface Command {
    readonly what: string;
    readonly command: string;
    readonly args: readonly string[];
    readonly options: ProcessOptions;
    readonly cwd: string | undefined;
    readonly env: Record<string, string | undefined>;
}

// dist/process.d.ts
export type ProcessStdio = "pipe" | "inherit" | "ignore" | number;
export interface SpawnProcessOptions extends ProcessOptions {
    stdin?: ProcessStdio;
    stdout?: ProcessStdio;
    stderr?: ProcessStdio;
}
export declare function spawnProcess(command: string, args?: readonly string[], options?: SpawnProcessOptions): Resource<Process>;
export declare class Process implements AsyncDisposable {
    #private;
    readonly command: string;
    readonly args: readonly string[];
    readonly pid: number;
    constructor({ command, args }: Command, stdio: readonly ProcessStdio[], lifetime: ProcessLifetime);
    get stdin(): SendStream & Pick<ByteStream, "end">;
    get stdout(): ReceiveStream;
    get stderr(): ReceiveStream;
    get status(): ExitStatus | undefined;
    wait(): Coroutine<ExitStatus>;
    kill(signal?: NodeJS.Signals): boolean;
    close(): Coroutine<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// dist/read-file.d.ts
export interface ReadFileOptions {
    encoding?: TextEncoding;
    limit?: number;
}
export interface ReadFile {
    (path: FilePath, encoding: BufferEncoding): Coroutine<string>;
    (path: FilePath, options: ReadFileOptions & {
        readonly encoding: BufferEncoding;
    }): Coroutine<string>;
    (path: FilePath, options?: "buffer" | (ReadFileOptions & {
        readonly encoding?: "buffer";
    })): Coroutine<Uint8Array>;
    readonly sync: {
        (path: FilePath, encoding: BufferEncoding): string;
        (path: FilePath, options: ReadFileOptions & {
            readonly encoding: BufferEncoding;
        }): string;
        (path: FilePath, options?: "buffer" | (ReadFileOptions & {
            readonly encoding?: "buffer";
        })): Uint8Array;
    };
}
export declare const readFile: ReadFile;

// dist/receive-buffer.d.ts
export declare class ReceiveBuffer {
    #private;
    get size(): number;
    push(chunk: Uint8Array): void;
    take(maximum: number): Uint8Array;
    takeSome(maximum: number): Uint8Array;
    indexOf(delimiter: Uint8Array | number, from: number): number;
    clear(): void;
}

// dist/serve.d.ts
export interface ServeOptions extends ListenOptions {
    readonly onListening?: (address: ListenAddress) => void;
    readonly maxConnections?: number;
    readonly shutdown?: "idle" | "all" | "none";
    readonly onError?: (error: unknown, stream: SocketStream) => Awaitable<unknown>;
}
export declare function serve(handler: (stream: SocketStream) => Awaitable<unknown>, options: ServeOptions): Coroutine<void>;

// dist/signals.d.ts
export declare function signals<Name extends NodeJS.Signals>(...names: [Name, ...Name[]]): HostEvents<Name>;

// dist/socket-stream.d.ts
export interface SocketAddress {
    readonly host: string;
    readonly port: number;
}
export interface SocketStatistics {
    readonly bytesRead: number;
    readonly bytesWritten: number;
    readonly buffered: number;
    readonly unsent: number;
}
export interface SocketOptions {
    readonly noDelay?: boolean;
    readonly keepAlive?: boolean | number;
}
export interface SocketStream extends ByteStream {
    readonly localAddress: SocketAddress;
    readonly remoteAddress: SocketAddress;
    readonly socket: Socket;
    setNoDelay(noDelay: boolean): void;
    setKeepAlive(keepAlive: boolean | number): void;
    reset(): Coroutine<void>;
    statistics(): SocketStatistics;
}

// dist/staple-streams.d.ts
type Sending = SendStream & Partial<Pick<ByteStream, "end">>;
export declare function stapleStreams(receive: ReceiveStream, send: Sending): ByteStream;

// dist/streams/readable.d.ts
export declare function fromNodeReadable<T = Uint8Array>(readable: NodeJS.ReadableStream): Stream<T>;
export interface NodeReadableOptions {
    objectMode?: boolean;
    highWaterMark?: number;
}
export declare function toNodeReadable<T>(source: Source<T>, options?: NodeReadableOptions): Readable;

// dist/streams/writable.d.ts
export declare function fromNodeWritable<T = Uint8Array | string>(writable: NodeJS.WritableStream): Sink<T>;
export declare function throughNode<In = Uint8Array | string, Out = Uint8Array>(duplex: NodeJS.ReadWriteStream): TransformPair<In, Out>;
export interface NodeWritableOptions {
    objectMode?: boolean;
    highWaterMark?: number;
}
export declare function toNodeWritable<T>(target: Target<T>, options?: NodeWritableOptions): Writable;

// dist/temporary.d.ts
export interface TemporaryOptions {
    prefix?: string;
    parent?: FilePath;
}
export interface TemporaryFileOptions extends TemporaryOptions {
    suffix?: string;
}
export declare function temporaryDirectory(options?: TemporaryOptions): Resource<string>;
export declare function temporaryFile(options?: TemporaryFileOptions): Resource<OpenFile>;

// dist/text.d.ts
export type TextEncoding = BufferEncoding | "buffer";

// dist/walk.d.ts
export interface WalkEntry {
    readonly path: string;
    readonly name: string;
    readonly kind: "file" | "directory" | "symlink" | "other";
    readonly depth: number;
}
export interface WalkOptions {
    concurrency?: number;
    maxDepth?: number;
    followSymlinks?: boolean;
    enter?: (entry: WalkEntry) => boolean;
    onError?: (error: Error) => void;
}
export interface Walk extends AsyncIterable<WalkEntry, undefined> {
    next(): Coroutine<IteratorResult<WalkEntry, undefined>>;
    return(): IteratorReturnResult<undefined>;
    [Symbol.asyncIterator](): AsyncIterator<WalkEntry, undefined>;
}
export declare function walk(path: FilePath, options?: WalkOptions): Walk;

// dist/watch.d.ts
export interface FileChange {
    readonly kind: "change" | "rename" | "overflow";
    readonly path: string;
}
export interface WatchOptions {
    recursive?: boolean;
    limit?: number;
}
export declare function watch(path: FilePath, options?: WatchOptions): HostEvents<FileChange>;

// dist/workers/call-by-name.d.ts
export interface NamedCall<Args extends readonly unknown[] = readonly unknown[]> extends WorkerModule {
    readonly arguments?: Args;
}
type AnyFunction = (...args: never[]) => unknown;
export declare function callByName<F extends AnyFunction = (...args: unknown[]) => unknown>(named: NamedCall<Readonly<Parameters<F>>>): Coroutine<Awaited<ReturnType<F>>>;

// dist/workers/run-in-worker.d.ts
export interface RunInWorkerOptions extends WorkOptions {
    limiter?: CapacityLimiter;
}
export declare function defaultWorkerLimiter(): CapacityLimiter;
export declare function runInWorker<Args extends readonly unknown[], T>(fn: (...args: Args) => Awaitable<T>, args?: Args, options?: RunInWorkerOptions): Coroutine<T>;
export declare function runInWorker<F extends (...args: never[]) => unknown = (...args: unknown[]) => unknown>(target: WorkerModule, args?: Readonly<Parameters<F>>, options?: RunInWorkerOptions): Coroutine<Awaited<ReturnType<F>>>;

// dist/workers/shared-context.d.ts
export declare function shareWithWorkers(...variables: readonly ContextVar<never>[] | readonly ContextVar<unknown>[]): void;

// dist/workers/target.d.ts
export interface WorkerModule {
    readonly module: string | URL;
    readonly export?: string;
}

// dist/workers/transfer.d.ts
export declare function transfer<T extends object>(value: T, list: readonly Transferable[]): T;

// dist/workers/worker-errors.d.ts
export declare class WorkerDiedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly exitCode: number;
    constructor(message: string, exitCode: number, cause?: unknown);
}
export declare class WorkerFunctionError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class WorkerDataError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}

// dist/workers/worker-pool.d.ts
export interface WorkOptions {
    transfer?: readonly Transferable[];
    grace?: number;
}
export interface WorkerPoolOptions {
    threads?: number;
    limiter?: CapacityLimiter;
    idle?: number;
    name?: string;
    setup?: string | URL;
    execArgv?: readonly string[];
    env?: WorkerOptions["env"];
    resourceLimits?: ResourceLimits;
}
export interface WorkerPoolStatistics {
    readonly threads: number;
    readonly idle: number;
    readonly waiting: number;
    readonly completed: number;
    readonly started: number;
}
export interface WorkerPool extends AsyncDisposable {
    readonly limiter: CapacityLimiter;
    run<Args extends readonly unknown[], T>(fn: (...args: Args) => Awaitable<T>, args?: Args, options?: WorkOptions): Coroutine<T>;
    run<F extends (...args: never[]) => unknown = (...args: unknown[]) => unknown>(target: WorkerModule, args?: Readonly<Parameters<F>>, options?: WorkOptions): Coroutine<Awaited<ReturnType<F>>>;
    close(): Coroutine<void>;
    statistics(): WorkerPoolStatistics;
}
export declare function openWorkerPool(options?: WorkerPoolOptions): Resource<WorkerPool>;

// dist/write-file-atomic.d.ts
export declare const writeFileAtomic: CoroutineFunction<WriteFileArguments, void>;

// dist/write-file.d.ts
export interface WriteFileOptions {
    encoding?: BufferEncoding;
    mode?: number;
    flush?: boolean;
}
export type WriteFileArguments = [
    path: FilePath,
    data: string | Uint8Array,
    options?: BufferEncoding | WriteFileOptions
];
export declare const writeFile: CoroutineFunction<WriteFileArguments, void>;
export declare const appendFile: CoroutineFunction<WriteFileArguments, void>;
