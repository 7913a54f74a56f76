export type { ByteStream, LimitOptions, LineOptions, ReceiveStream, SendStream } from "./byte-stream.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { ConnectError, IncompleteReadError, InvalidTextError, LimitExceededError, ListenError } from "./errors.ts";
export type { HostAddress } from "./happy-eyeballs.ts";
export {
	type ListenAddress,
	type Listener,
	type ListenerStatistics,
	type ListenOptions,
	listen,
	type SocketListener,
} from "./listen.ts";
export { type ServeOptions, serve } from "./serve.ts";
export type { SocketAddress, SocketOptions, SocketStatistics, SocketStream } from "./socket-stream.ts";
