export type { ByteStream, LimitOptions, LineOptions, ReceiveStream, SendStream } from "./byte-stream.ts";
export type { FilePath } from "./check-path.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { ConnectError, IncompleteReadError, InvalidTextError, LimitExceededError, ListenError } from "./errors.ts";
export { type Exec, exec } from "./exec.ts";
export type { ExecOptions, ExecResult, ProcessInput } from "./exec-options.ts";
export {
	type ExecPipeline,
	type ExecPipelineOptions,
	type ExecPipelineResult,
	execPipeline,
	type PipelineStage,
	type PipelineStageResult,
} from "./exec-pipeline.ts";
export {
	DirectoryNotEmptyError,
	DiskFullError,
	FileExistsError,
	FileNotFoundError,
	FileSystemError,
	IsDirectoryError,
	NotDirectoryError,
	PermissionError,
	TooManyOpenFilesError,
} from "./file-errors.ts";
export {
	type CopyFileOptions,
	chmod,
	copyFile,
	exists,
	lstat,
	type MkdirOptions,
	mkdir,
	type RmOptions,
	readdir,
	readlink,
	realpath,
	rename,
	rm,
	stat,
	symlink,
	unlink,
} from "./file-operations.ts";
export type { HostAddress } from "./happy-eyeballs.ts";
export type { HostEvents } from "./host-events.ts";
export type { FetchContext, FetchHandler, NodeHandler } from "./http/exchange.ts";
export { fetch } from "./http/fetch.ts";
export { fetchOk, HttpStatusError, isTransient } from "./http/fetch-ok.ts";
export { HttpResponse } from "./http/http-response.ts";
export type { HttpStatistics } from "./http/http-server.ts";
export { type HttpListening, type ServeHttpOptions, serveHttp } from "./http/serve-http.ts";
export {
	type EventSourceOptions,
	type EventStreamOptions,
	eventSource,
	eventStream,
	type ReadEventsOptions,
	readEvents,
	type ServerSentEvent,
} from "./http/server-sent-events.ts";
export { streamResponse } from "./http/streaming.ts";
export {
	type ConnectWebSocketOptions,
	connectWebSocket,
	type WebSocket,
	type WebSocketEnd,
	type WebSocketHandler,
	type WebSocketMessage,
	type WebSocketOptions,
	type WebSocketStatistics,
} from "./http/web-socket.ts";
export {
	type ListenAddress,
	type Listener,
	type ListenerStatistics,
	type ListenOptions,
	listen,
	type SocketListener,
} from "./listen.ts";
export {
	fromNodeReadable,
	fromNodeWritable,
	type NodeReadableOptions,
	type NodeWritableOptions,
	throughNode,
	toNodeReadable,
	toNodeWritable,
} from "./node-streams.ts";
export { type FileFlags, type OpenFile, type OpenOptions, open } from "./open-file.ts";
export { type Process, type ProcessStdio, type SpawnProcessOptions, spawnProcess } from "./process.ts";
export { type EndedProcess, type ExitStatus, ProcessExitError, ProcessStartError } from "./process-errors.ts";
export type { ProcessOptions } from "./process-options.ts";
export { type ReadFile, type ReadFileOptions, readFile } from "./read-file.ts";
export { type ServeOptions, serve } from "./serve.ts";
export { signals } from "./signals.ts";
export type { SocketAddress, SocketOptions, SocketStatistics, SocketStream } from "./socket-stream.ts";
export { stapleStreams } from "./staple-streams.ts";
export {
	type TemporaryFileOptions,
	type TemporaryOptions,
	temporaryDirectory,
	temporaryFile,
} from "./temporary.ts";
export type { TextEncoding } from "./text.ts";
export { type Walk, type WalkEntry, type WalkOptions, walk } from "./walk.ts";
export { type FileChange, type WatchOptions, watch } from "./watch.ts";
export {
	callByName,
	defaultWorkerLimiter,
	type NamedCall,
	openWorkerPool,
	type RunInWorkerOptions,
	runInWorker,
	shareWithWorkers,
	transfer,
	WorkerDataError,
	WorkerDiedError,
	WorkerFunctionError,
	type WorkerModule,
	type WorkerPool,
	type WorkerPoolOptions,
	type WorkerPoolStatistics,
	type WorkOptions,
} from "./workers.ts";
export { appendFile, type WriteFileArguments, type WriteFileOptions, writeFile } from "./write-file.ts";
export { writeFileAtomic } from "./write-file-atomic.ts";
