/** A chat server: `holdfast run examples/chat/main.ts [port]`, and then `nc 127.0.0.1 7000`, as many as you like. */
"use structured";

import { type SocketStream, serve } from "@holdfast/node";
import {
	createChannel,
	currentScope,
	moveOnAfter,
	type Receiver,
	type Sender,
	serviceGroup,
	withTimeout,
} from "holdfast";

interface Member {
	/** What the others say to it. One task writes it: a member that does not read holds up nobody else. */
	readonly inbox: Sender<string>;
	/** How many lines had no room there, since it was told last. */
	missed: number;
}

const members = new Map<string, Member>();

export default async function main(args: string[]): Promise<void> {
	await serve(converse, {
		port: Number(args[0] ?? 7000),
		onListening: ({ host, port }) => console.log(`chat on ${host} ${port}`),
		// One connection has failed. The others go on.
		onError: (error) => console.log(`broken off: ${error instanceof Error ? error.message : error}`),
	});
}

/** One connection. Its scope is cancelled when the server shuts down and the client has said nothing that is unanswered. */
async function converse(stream: SocketStream): Promise<void> {
	const connection = currentScope();
	const name = await introduce(stream);
	if (name === undefined) return;
	// Room for a hundred lines; what comes when it is full is dropped, and counted.
	const { sender: inbox, receiver } = createChannel<string>(100);
	const member: Member = { inbox, missed: 0 };
	await serviceGroup(async (services) => {
		const writing = services.spawn(deliver, receiver, member, stream);
		members.set(name, member);
		try {
			tell(member, `Welcome, ${name}. Here are: ${[...members.keys()].join(", ")}`);
			tellOthers(name, `* ${name} has come`);
			for await (const line of stream.lines({ limit: 4_096, invalid: "replace" })) tellOthers(name, `${name}: ${line}`);
		} finally {
			members.delete(name);
			if (connection.cancelCalled) tell(member, "* the server is closing");
			else tellOthers(name, `* ${name} has left`);
			// No line is lost that was said before the end, unless the client does not read.
			inbox.close();
			await moveOnAfter(1_000, async () => await writing);
		}
	});
}

/** Asks until there is a name that nobody else has; `undefined` if the client goes before. */
async function introduce(stream: SocketStream): Promise<string | undefined> {
	for (;;) {
		await stream.write("Your name?\n");
		const answer = await withTimeout(60_000, () => stream.readLine({ limit: 1_024, invalid: "replace" }));
		const name = answer?.trim();
		if (name === undefined || (/^\w{1,20}$/.test(name) && !members.has(name))) return name;
		await stream.write(members.has(name) ? "That one is taken. " : "Up to twenty letters and digits. ");
	}
}

async function deliver(inbox: Receiver<string>, member: Member, stream: SocketStream): Promise<void> {
	for await (const line of inbox) {
		await stream.write(`${line}\n`);
		if (member.missed === 0 || inbox.statistics().buffered > 0) continue;
		const { missed } = member;
		member.missed = 0;
		await stream.write(`* you have missed ${missed} lines\n`);
	}
}

function tell(member: Member, line: string): void {
	if (!member.inbox.trySend(line)) member.missed += 1;
}

function tellOthers(name: string, line: string): void {
	for (const [other, member] of members) if (other !== name) tell(member, line);
}
