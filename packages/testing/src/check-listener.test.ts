import {
	checkpoint,
	coroutine,
	createChannel,
	currentDeadline,
	type Receiver,
	type Resume,
	type Sender,
	suspend,
} from "holdfast";
import { expect, test } from "vitest";
import { type CheckedListener, checkListener, type ListenerSubject } from "./check-listener.ts";
import type { CheckedStream } from "./check-stream.ts";
import { ContractError } from "./contract.ts";

function named(name: string): Error {
	return Object.assign(new Error(name), { name });
}

/** A stream over two channels: as much of one as a listener's contract needs. */
class ChannelStream implements CheckedStream {
	readonly #sender: Sender<Uint8Array>;
	readonly #receiver: Receiver<Uint8Array>;

	constructor(sender: Sender<Uint8Array>, receiver: Receiver<Uint8Array>) {
		this.#sender = sender;
		this.#receiver = receiver;
	}

	read() {
		return receive(this.#receiver);
	}

	write(data: Uint8Array) {
		return this.#sender.send(data);
	}

	close(): void {
		this.#sender.close();
		this.#receiver.close();
	}
}

const receive = coroutine(function* (
	receiver: Receiver<Uint8Array>,
): Generator<never, Uint8Array | undefined, unknown> {
	try {
		return yield* receiver.receive();
	} catch (error) {
		if ((error as Error).name === "EndOfChannelError") return undefined;
		throw error;
	}
});

/** What a listener can get wrong. */
interface Mistakes {
	readonly lastFirst?: boolean;
	readonly doubles?: boolean;
	readonly unfair?: boolean;
	readonly losesCancelled?: boolean;
	readonly ignoresCancelled?: boolean;
	readonly closeWakesNobody?: boolean;
	readonly closeTakesAccepted?: boolean;
	readonly closeForgetsPending?: boolean;
	readonly stillAccepts?: boolean;
	readonly closeIsCancelled?: boolean;
	readonly acceptGivesNothing?: boolean;
}

/** A foreign listener in memory. */
class MemoryListener implements CheckedListener {
	readonly mistakes: Mistakes;
	readonly #pending: ChannelStream[] = [];
	readonly #waiting: Resume<ChannelStream>[] = [];
	readonly #accepted: ChannelStream[] = [];
	isClosed = false;

	constructor(mistakes: Mistakes) {
		this.mistakes = mistakes;
	}

	connect(): ChannelStream {
		if (this.isClosed && !this.mistakes.stillAccepts) throw named("ConnectError");
		const there = createChannel<Uint8Array>(10);
		const back = createChannel<Uint8Array>(10);
		const server = new ChannelStream(back.sender, there.receiver);
		const next = this.mistakes.unfair ? this.#waiting.pop() : this.#waiting.shift();
		if (next === undefined) {
			this.#pending.push(server);
			if (this.mistakes.doubles) this.#pending.push(server);
		} else {
			this.#accepted.push(server);
			next(server);
		}
		return new ChannelStream(there.sender, back.receiver);
	}

	accept() {
		if (this.mistakes.ignoresCancelled && this.#pending.length > 0) return this.#pending.shift() as ChannelStream;
		const wait = suspend<ChannelStream>((resume) => {
			if (this.isClosed) throw named("ClosedResourceError");
			const stream = this.mistakes.lastFirst ? this.#pending.pop() : this.#pending.shift();
			if (stream !== undefined) {
				this.#accepted.push(stream);
				resume(stream);
				return;
			}
			if (this.mistakes.acceptGivesNothing) resume(undefined as never);
			this.#waiting.push(resume);
			return () => {
				if (!this.mistakes.losesCancelled) this.#waiting.splice(this.#waiting.indexOf(resume), 1);
			};
		});
		return wait;
	}

	close() {
		return close(this);
	}

	finish(): void {
		this.isClosed = true;
		if (!this.mistakes.closeWakesNobody)
			for (const resume of this.#waiting.splice(0)) resume.throw(named("ClosedResourceError"));
		if (!this.mistakes.closeForgetsPending) for (const stream of this.#pending.splice(0)) stream.close();
		if (this.mistakes.closeTakesAccepted) for (const stream of this.#accepted) stream.close();
	}
}

const close = coroutine(function* (listener: MemoryListener): Generator<never, void, unknown> {
	if (listener.mistakes.closeIsCancelled && currentDeadline() === Number.NEGATIVE_INFINITY) yield* checkpoint();
	listener.finish();
});

function subject(mistakes: Mistakes): ListenerSubject {
	const listener = new MemoryListener(mistakes);
	return { listener, connect: () => listener.connect() };
}

test("a foreign listener in memory keeps the contract", () => checkListener(() => subject({})));

const MISTAKES: [keyof Mistakes, RegExp][] = [
	["lastFirst", /in the order in which they came, each once: what the connection says was 3 instead of 1/],
	["doubles", /in the order in which they came, each once/],
	["unfair", /those first that wait longest: the order was "3,2,1"/],
	["losesCancelled", /a cancelled accept loses no connection/],
	["ignoresCancelled", /in a cancelled scope accept throws, and takes no connection: it went on/],
	["closeWakesNobody", /close\(\) wakes all who wait in accept.*: the rule was not over/],
	["closeTakesAccepted", /close\(\) leaves connections that were accepted alone/],
	["closeForgetsPending", /who was not accepted is turned away: the rule was not over/],
	["stillAccepts", /nobody can connect, .*: one has connected afterwards/],
	["closeIsCancelled", /in a cancelled scope close\(\) closes all the same/],
	["acceptGivesNothing", /accept waits until somebody connects/],
];

// All at once: most of the time goes into waiting for what does not happen.
test("every mistake is named", async () => {
	await Promise.all(MISTAKES.map(([mistake, message]) => isNamed(mistake, message)));
});

async function isNamed(...[mistake, message]: (typeof MISTAKES)[number]): Promise<void> {
	const error = await checkListener(() => subject({ [mistake]: true }), { patience: 300 }).then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	expect(error, String(mistake)).toBeInstanceOf(ContractError);
	expect((error as ContractError).broken.join("\n")).toMatch(message);
}

test("wrong arguments are named", async () => {
	await expect(checkListener(subject({}) as never)).rejects.toThrow(/a function that makes a listener/);
	await expect(checkListener(() => subject({}), { patience: -1 })).rejects.toThrow(RangeError);
});
