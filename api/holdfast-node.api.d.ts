// @holdfast/node
//   ByteStream
//   ConnectError
//   ConnectOptions
//   HostAddress
//   IncompleteReadError
//   InvalidTextError
//   LimitExceededError
//   LimitOptions
//   LineOptions
//   ListenAddress
//   ListenError
//   ListenOptions
//   Listener
//   ListenerStatistics
//   ReceiveStream
//   SendStream
//   ServeOptions
//   SocketAddress
//   SocketListener
//   SocketOptions
//   SocketStatistics
//   SocketStream
//   connect
//   listen
//   serve

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

// dist/happy-eyeballs.d.ts
export interface HostAddress {
    readonly address: string;
    readonly family: 4 | 6;
}

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

// dist/serve.d.ts
export interface ServeOptions extends ListenOptions {
    readonly onListening?: (address: ListenAddress) => void;
    readonly maxConnections?: number;
    readonly shutdown?: "idle" | "all" | "none";
    readonly onError?: (error: unknown, stream: SocketStream) => Awaitable<unknown>;
}
export declare function serve(handler: (stream: SocketStream) => Awaitable<unknown>, options: ServeOptions): Coroutine<void>;

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
