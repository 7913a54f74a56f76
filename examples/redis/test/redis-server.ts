/** A redis-server of the test's own, on a Unix socket, that keeps nothing. */
"use native";

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const installed: boolean = spawnSync("redis-server", ["--version"]).status === 0;

export const mend = "there is no redis-server here: apt-get install redis-server, or brew install redis";

export class RedisServer {
	readonly folder: string = mkdtempSync(join(tmpdir(), "redis-"));
	readonly path: string = join(this.folder, "redis.sock");
	#process: ChildProcess | undefined;
	#password: readonly string[] = [];

	/** Returns when it answers. */
	async start(...options: readonly string[]): Promise<void> {
		const place = options.indexOf("--requirepass");
		this.#password = place < 0 ? [] : ["--no-auth-warning", "-a", options[place + 1] ?? ""];
		const words = ["--port", "0", "--unixsocket", this.path, "--dir", this.folder, "--save", "", "--appendonly", "no"];
		const child = spawn("redis-server", [...words, ...options], { stdio: "ignore" });
		this.#process = child;
		for (;;) {
			if (child.exitCode !== null) throw new Error(`redis-server has ended with ${child.exitCode}`);
			const { stdout } = spawnSync("redis-cli", [...this.#password, "-s", this.path, "ping"], { encoding: "utf8" });
			if (stdout.startsWith("PONG")) return;
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	}

	/** Returns when it has ended. */
	async stop(): Promise<void> {
		const child = this.#process;
		this.#process = undefined;
		if (child === undefined || child.exitCode !== null) return;
		const ended = once(child, "exit");
		child.kill("SIGTERM");
		await ended;
	}

	/** What redis-cli prints. */
	ask(...words: readonly string[]): string {
		return execFileSync("redis-cli", [...this.#password, "-s", this.path, ...words], { encoding: "utf8" }).trim();
	}

	/** The lines of `CLIENT LIST` with this name. */
	clients(name: string): string[] {
		return this.ask("CLIENT", "LIST")
			.split("\n")
			.filter((line) => line.includes(` name=${name} `));
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
		rmSync(this.folder, { recursive: true, force: true });
	}
}
