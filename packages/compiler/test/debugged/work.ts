import { run, sleep } from "holdfast";

interface Result {
	readonly sum: number;
}

const quick = async (value: number): Promise<number> => {
	return value + 1;
};

class Worker {
	async slow(value: number): Promise<number> {
		await sleep(1);
		return value + 1;
	}
}

async function work(count: number): Promise<Result> {
	const kept = count * 2;
	const first = await quick(kept);
	const second = await new Worker().slow(first);
	const sum = kept + second;
	if (sum < 0) {
		await quick(sum);
		throw new Error("never");
	}
	return { sum };
}

export async function main(): Promise<Result> {
	return await work(20);
}

console.log(JSON.stringify(await run(main)));
