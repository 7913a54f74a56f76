export type { ByteStream, LimitOptions, LineOptions, ReceiveStream, SendStream } from "./byte-stream.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { ConnectError, IncompleteReadError, InvalidTextError, LimitExceededError, ListenError } from "./errors.ts";
export type { HostAddress } from "./happy-eyeballs.ts";
export type { FetchContext, FetchHandler, NodeHandler } from "./http/exchange.ts";
export { HttpResponse } from "./http/http-response.ts";
export type { HttpStatistics } from "./http/http-server.ts";
export { type HttpListening, type ServeHttpOptions, serveHttp } from "./http/serve-http.ts";
export { streamResponse } from "./http/streaming.ts";
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
