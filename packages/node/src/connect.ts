import * as dns from "node:dns";
import * as net from "node:net";
import type * as tls from "node:tls";
import {
	type Awaitable,
	Cancelled,
	type Coroutine,
	call,
	cleanup,
	coroutine,
	HoldfastError,
	onExit,
	operation,
	suspend,
	withTimeout,
} from "holdfast";
import { checkDuration, checkOptions, checkSwitch } from "./check-options.ts";
import { describe } from "./describe.ts";
import { ConnectError } from "./errors.ts";
import { type HostAddress, interleave, raceTargets } from "./happy-eyeballs.ts";
import { hostModule } from "./host-module.ts";
import {
	checkKeepAlive,
	hostAndPort,
	NetStream,
	netOptions,
	type SocketOptions,
	type SocketStream,
} from "./socket-stream.ts";

/** Options of `connect`: `port` with `host`, or `path`. Times are in milliseconds. */
export interface ConnectOptions extends SocketOptions {
	readonly port?: number;
	/** A name or an IP address (default `"localhost"`). */
	readonly host?: string;
	/** Of a Unix socket, or of a named pipe on Windows. */
	readonly path?: string;
	/** `true`, or options of Node's `tls.connect`: TLS, with the host's name in the certificate checked. */
	readonly tls?: boolean | tls.ConnectionOptions;
	/** For everything together: looking the name up, connecting, TLS (default: none). `TimeoutError` when it has passed. */
	readonly timeout?: number;
	/** How long an address has before the next one is tried beside it (default 250). */
	readonly attemptDelay?: number;
	/** Only addresses of this family. */
	readonly family?: 4 | 6;
	/** The address of this machine to connect from. */
	readonly localAddress?: string;
	/** Looks a name up (default: as the system does, `dns.lookup`). */
	readonly lookup?: (host: string, family: 4 | 6 | undefined) => Awaitable<readonly HostAddress[]>;
}

const KNOWN = [
	...["port", "host", "path", "tls", "timeout", "attemptDelay", "family", "localAddress", "lookup"],
	...["noDelay", "keepAlive"],
];

/**
 * Connects over TCP, TLS or a Unix socket. A host with several addresses is tried as browsers do: the families in turn, the
 * next address after 250 ms or as soon as one has failed, and the first that answers wins; the others are closed before this
 * returns (Happy Eyeballs version 2, RFC 8305).
 *
 * The connection is closed when the scope around the call ends (of the function, in structured code, else the nearest scope),
 * unless it was closed before. So use the option `timeout`: in `withTimeout(…, () => connect(…))` that scope is the timeout.
 *
 * Cancelled: whatever was opened is closed. The system cannot be told to stop looking up a name; its answer is dropped.
 * @throws ConnectError if no address could be reached, the name is unknown, or TLS was refused; `errors` has all of them
 * @throws TimeoutError after `timeout`
 * @example
 * const stream = await connect({ host: "example.com", port: 443, tls: true, timeout: 5_000 });
 */
export function connect(options: ConnectOptions): Coroutine<SocketStream> {
	checkOptions("connect", options, KNOWN);
	const { port, path, host, family, lookup, timeout, attemptDelay, noDelay, keepAlive } = options;
	if ((port === undefined) === (path === undefined))
		throw new TypeError("connect: say where to: { port, host } for TCP, or { path } for a Unix socket.");
	if (port !== undefined) checkPort("connect", port, 1);
	if (path !== undefined && (typeof path !== "string" || path === ""))
		throw new TypeError(`connect: the path is ${describe(path)}; it is that of a Unix socket.`);
	if (host !== undefined && (typeof host !== "string" || host === ""))
		throw new TypeError(`connect: the host is ${describe(host)}; it is a name or an IP address.`);
	if (family !== undefined && family !== 4 && family !== 6)
		throw new TypeError(`connect: the family is ${describe(family)}; it may be 4 or 6.`);
	if (lookup !== undefined && typeof lookup !== "function")
		throw new TypeError(`connect: lookup is ${describe(lookup)}; it is a function that gives addresses.`);
	if (timeout !== undefined) checkDuration("connect: timeout", timeout);
	if (attemptDelay !== undefined) checkDuration("connect: attemptDelay", attemptDelay);
	checkSwitch("connect: noDelay", noDelay);
	if (keepAlive !== undefined) checkKeepAlive("connect: keepAlive", keepAlive);
	return connecting(options);
}

const connecting: (options: ConnectOptions) => Coroutine<SocketStream> = /* @__PURE__ */ operation({
	async: function* connect(options: ConnectOptions): Generator<never, SocketStream, unknown> {
		const { timeout } = options;
		const stream =
			timeout === undefined ? yield* establish(options) : yield* withTimeout(timeout, () => establish(options));
		// Nothing has waited since: whatever comes, it will be closed.
		stream.onGone = onExit(() => stream.close());
		return stream;
	},
});

const establish = /* @__PURE__ */ coroutine(function* establish(
	options: ConnectOptions,
): Generator<never, NetStream, unknown> {
	const { host = "localhost", port = 0, path, attemptDelay = 250 } = options;
	const target = path ?? hostAndPort(host, port);
	const name = `the connection to ${target}`;
	let socket: net.Socket;
	if (path !== undefined)
		try {
			socket = yield* dial({ path, ...netOptions(options) });
		} catch (error) {
			if (error instanceof Cancelled) throw error;
			throw refused(target, [error]);
		}
	else {
		const addresses = interleave(yield* resolve(host, options));
		const raced = yield* raceTargets(
			addresses,
			({ address, family }) => {
				const { localAddress } = options;
				const from = localAddress === undefined ? {} : { localAddress };
				return dial({ host: address, port, family, ...from, ...netOptions(options) });
			},
			discard,
			attemptDelay,
		);
		if (raced.errors !== undefined)
			throw refused(
				target,
				raced.errors,
				addresses.map(({ address }) => address),
			);
		socket = raced.value;
	}
	if (options.tls !== undefined && options.tls !== false) socket = yield* secure(socket, host, target, options.tls);
	socket.off("error", ignore);
	return new NetStream(socket, path === undefined ? "the connection to" : name);
});

/** @throws ConnectError if there is no address */
function* resolve(host: string, options: ConnectOptions): Generator<never, readonly HostAddress[], unknown> {
	const { family, lookup } = options;
	const version = net.isIP(host);
	if (version !== 0) return [{ address: host, family: version as 4 | 6 }];
	let addresses: readonly HostAddress[];
	try {
		addresses = lookup === undefined ? yield* systemLookup(host, family) : yield* call(lookup, host, family);
	} catch (error) {
		// A cancellation, or an error of the caller's own function that says enough.
		if (error instanceof HoldfastError || (error as Error | undefined)?.name === "AbortError") throw error;
		throw new ConnectError(`connect: the address of ${host} cannot be found (${codeOf(error)}).`, [error]);
	}
	if (!Array.isArray(addresses) || !addresses.every((one) => net.isIP((one as HostAddress)?.address) > 0))
		throw new TypeError(`connect: lookup gave ${describe(addresses)}; it gives an array of { address, family }.`);
	const usable = family === undefined ? addresses : addresses.filter((one) => one.family === family);
	if (usable.length === 0)
		throw new ConnectError(`connect: ${host} has no address${family === undefined ? "" : ` of family ${family}`}.`);
	return usable;
}

function systemLookup(host: string, family: 4 | 6 | undefined): Coroutine<readonly HostAddress[]> {
	return suspend<readonly HostAddress[]>(
		(resume) => {
			dns.lookup(host, { all: true, verbatim: true, family: family ?? 0 }, (error, addresses) => {
				if (error) resume.throw(error);
				else resume(addresses as HostAddress[]);
			});
			return () => {};
		},
		{ label: "dns.lookup", outside: true },
	);
}

/** Opens one connection. It has a listener for errors when it is given, so that none can end the process. */
const dial = /* @__PURE__ */ coroutine(function* dial(
	options: net.NetConnectOpts,
): Generator<never, net.Socket, unknown> {
	const socket = net.connect({ ...options, allowHalfOpen: true });
	socket.on("error", ignore);
	yield* opened(socket, "connect", "connect");
	return socket;
});

/** Agrees on TLS over a connection. */
function* secure(
	raw: net.Socket,
	host: string,
	target: string,
	given: true | tls.ConnectionOptions,
): Generator<never, tls.TLSSocket, unknown> {
	const servername = net.isIP(host) === 0 ? { servername: host } : {};
	let socket: tls.TLSSocket;
	try {
		const library = yield* hostModule("node:tls", () => import("node:tls"));
		socket = library.connect({ host, ...servername, ...(given === true ? {} : given), socket: raw });
	} catch (error) {
		yield* cleanup(() => discard(raw));
		throw error;
	}
	socket.on("error", ignore);
	try {
		yield* opened(socket, "secureConnect", "TLS handshake");
	} catch (error) {
		yield* cleanup(() => discard(raw));
		if ((error as Error).name === "AbortError") throw error;
		throw new ConnectError(`connect: TLS with ${target} was not agreed on: ${(error as Error).message}.`, [error]);
	}
	return socket;
}

/** Waits for the event that says that a socket can be used. Otherwise it is closed, and known to be. */
function* opened(socket: net.Socket, event: string, label: string): Generator<never, void, unknown> {
	let isOpen = false;
	try {
		yield* suspend<void>(
			(resume) => {
				const ready = (): void => resume();
				let failure: unknown;
				const failed = (error: unknown): void => {
					failure = error;
				};
				const closed = (): void => resume.throw(failure ?? new Error("the other side has closed the connection"));
				socket.once(event, ready).once("error", failed).once("close", closed);
				return () => {};
			},
			{ label, outside: true },
		);
		isOpen = true;
	} finally {
		if (!isOpen) yield* cleanup(() => discard(socket));
	}
}

function discard(socket: net.Socket): Coroutine<void> {
	return suspend<void>(
		(resume) => {
			if (socket.closed) resume();
			socket.once("close", () => resume());
			socket.destroy();
			return () => {};
		},
		{ label: "close", outside: true },
	);
}

function refused(target: string, errors: readonly unknown[], addresses: readonly string[] = []): ConnectError {
	const each = errors.map((error, index) =>
		addresses.length > 1 || (addresses[index] ?? target) === target
			? `${addresses[index] ?? target}: ${codeOf(error)}`
			: codeOf(error),
	);
	return new ConnectError(`connect: ${target} cannot be reached (${each.join("; ")}). ${mendFor(errors)}`, errors);
}

function mendFor(errors: readonly unknown[]): string {
	const codes = new Set(errors.map(codeOf));
	if (codes.has("ENOENT")) return "There is no such socket: is the server started?";
	if (codes.has("EMFILE") || codes.has("ENFILE")) return "Too many files are open: close some, or raise the limit.";
	if (codes.has("ECONNREFUSED")) return "Nobody listens there: is the server started?";
	return "See error.errors.";
}

function codeOf(error: unknown): string {
	return (error as NodeJS.ErrnoException)?.code ?? (error as Error)?.message ?? String(error);
}

/** @throws RangeError */
export function checkPort(what: string, port: unknown, least: number): void {
	if (!Number.isInteger(port) || (port as number) < least || (port as number) > 65_535)
		throw new RangeError(`${what}: the port is ${describe(port)}; it is a whole number from ${least} to 65535.`);
}

function ignore(): void {}
