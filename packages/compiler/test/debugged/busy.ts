import { checkpoint, run } from "holdfast";

const times = Math.max(5_000_000, Math.random());

async function declared(): Promise<number> {
	await checkpoint();
	let sum = 0;
	for (let i = 0; i < times; i++) sum += Math.sqrt(i); // declared
	return sum;
}

const arrow = async (): Promise<number> => {
	await checkpoint();
	let sum = 0;
	for (let i = 0; i < times; i++) sum += Math.sqrt(i); // arrow
	return sum;
};

// biome-ignore lint/complexity/useArrowFunction: that is what it is about
const expression = async function (): Promise<number> {
	await checkpoint();
	let sum = 0;
	for (let i = 0; i < times; i++) sum += Math.sqrt(i); // expression
	return sum;
};

class Worker {
	field = async (): Promise<number> => {
		await checkpoint();
		let sum = 0;
		for (let i = 0; i < times; i++) sum += Math.sqrt(i); // field
		return sum;
	};

	async method(): Promise<number> {
		await checkpoint();
		let sum = 0;
		for (let i = 0; i < times; i++) sum += Math.sqrt(i); // method
		return sum;
	}

	static async fixed(): Promise<number> {
		await checkpoint();
		let sum = 0;
		for (let i = 0; i < times; i++) sum += Math.sqrt(i); // fixed
		return sum;
	}

	async *generator(): AsyncGenerator<number> {
		await checkpoint();
		let sum = 0;
		for (let i = 0; i < times; i++) sum += Math.sqrt(i); // generator
		yield sum;
	}
}

const object = {
	async shorthand(): Promise<number> {
		await checkpoint();
		let sum = 0;
		for (let i = 0; i < times; i++) sum += Math.sqrt(i); // shorthand
		return sum;
	},
};

async function main(): Promise<void> {
	const worker = new Worker();
	await declared();
	await arrow();
	await expression();
	await worker.field();
	await worker.method();
	await Worker.fixed();
	for await (const _ of worker.generator());
	await object.shorthand();
}

await run(main);
