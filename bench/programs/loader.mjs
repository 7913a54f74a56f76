/** What examples/config does, in few lines: a configuration that extends others, which are loaded at once. */
import { dirname, resolve } from "node:path";

export async function load(read, all, path) {
	const source = JSON.parse(await read(path));
	const bases = await all(
		(source.extends ?? []).map((name) => async () => await load(read, all, resolve(dirname(path), name))),
	);
	return Object.assign({}, ...bases, source.rules);
}

export async function loads(read, all, path, n) {
	let done = 0;
	for (let i = 0; i < n; i++) {
		const rules = await load(read, all, path);
		done += rules.last;
	}
	return done;
}

async function leaf(x) {
	return x + 1;
}

export async function calls(n) {
	let total = 0;
	for (let i = 0; i < n; i++) {
		total = await leaf(total);
	}
	return total;
}

export async function once(x) {
	return await leaf(x);
}
