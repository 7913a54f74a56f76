/** The whole program, by clients of Node's own. */
import { expect, it } from "vitest";
import { isFree, LineClient } from "../test-support/client.ts";
import { Program } from "../test-support/program.ts";

async function open(): Promise<{ server: Program; port: number }> {
	const server = new Program("chat/main.ts", ["0"]);
	return { server, port: Number((await server.printed(/^chat on 127\.0\.0\.1 (\d+)$/m))[1]) };
}

async function enter(port: number, name: string): Promise<LineClient> {
	const client = await LineClient.connect(port);
	expect(await client.hears()).toBe("Your name?");
	client.say(name);
	expect(await client.hears()).toMatch(new RegExp(`^Welcome, ${name}\\. Here are: .*${name}$`));
	return client;
}

it("hands what one says to all others, and tells who comes and goes", async () => {
	const { server, port } = await open();
	await using _ = server;
	using ada = await enter(port, "ada");
	using bob = await enter(port, "bob");
	expect(await ada.hears()).toBe("* bob has come");
	using eve = await enter(port, "eve");
	expect([await ada.hears(), await bob.hears()]).toEqual(["* eve has come", "* eve has come"]);
	ada.say("hello");
	expect([await bob.hears(), await eve.hears()]).toEqual(["ada: hello", "ada: hello"]);
	eve.socket.end("bye\n");
	expect([await ada.hears(), await ada.hears()]).toEqual(["eve: bye", "* eve has left"]);
	bob.socket.resetAndDestroy();
	expect(await ada.hears()).toBe("* bob has left");
	expect((await server.stop("SIGTERM")).stdout).toContain("broken off: ");
});

it("asks again for a name that is taken or is none", async () => {
	const { server, port } = await open();
	await using _ = server;
	using ada = await enter(port, "ada");
	using other = await LineClient.connect(port);
	expect(await other.hears()).toBe("Your name?");
	other.say("ada");
	expect(await other.hears()).toBe("That one is taken. Your name?");
	other.say("!");
	expect(await other.hears()).toBe("Up to twenty letters and digits. Your name?");
	other.say("bob");
	expect(await ada.hears()).toBe("* bob has come");
});

it("goes on for the others when one does not read, or sends a line without end", async () => {
	const { server, port } = await open();
	await using _ = server;
	using ada = await enter(port, "ada");
	using deaf = await enter(port, "deaf");
	using bob = await enter(port, "bob");
	expect([await ada.hears(), await ada.hears()]).toEqual(["* deaf has come", "* bob has come"]);
	expect(await deaf.hears()).toBe("* bob has come");
	deaf.socket.pause();
	const text = "x".repeat(4_000);
	for (let count = 0; count < 5_000; count++) {
		bob.say(text);
		if (count % 50 === 49) for (let heard = 0; heard < 50; heard++) expect(await ada.hears()).toBe(`bob: ${text}`);
	}
	deaf.socket.resume();
	let line = await deaf.hears();
	while (line === `bob: ${text}`) line = await deaf.hears();
	expect(line).toMatch(/^\* you have missed \d+ lines$/);

	bob.say("y".repeat(100_000));
	expect(await ada.hears()).toBe("* bob has left");
	expect(await bob.closed).toMatchObject({ code: "ECONNRESET" });
});

it.each([
	["SIGTERM", 143],
	["SIGINT", 130],
] as const)("%s: tells everybody, ends their connections cleanly, and exits with %i", async (signal, code) => {
	const { server, port } = await open();
	await using _ = server;
	using ada = await enter(port, "ada");
	using bob = await enter(port, "bob");
	using guest = await LineClient.connect(port);
	expect(await guest.hears()).toBe("Your name?");
	expect(await ada.hears()).toBe("* bob has come");
	bob.say("last words");
	expect(await ada.hears()).toBe("bob: last words");
	server.signal(signal);
	for (const client of [ada, bob]) {
		expect(await client.hears()).toBe("* the server is closing");
		expect(await client.hears()).toBeUndefined();
	}
	expect(await guest.hears()).toBeUndefined();
	expect(await Promise.all([ada.closed, bob.closed, guest.closed])).toEqual([undefined, undefined, undefined]);
	expect(await server.ended).toMatchObject({ code, stderr: "" });
	expect(await isFree(port)).toBe(true);
});
