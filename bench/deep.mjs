/** Programs of many frames, in three front ends: `enter(counts, bottom, depth)` and `plain(bottom, depth)`. */
import { compiled } from "./holdfast.mjs";

export async function generatorPrograms() {
	const { coroutine } = await import("holdfast");
	const enter = coroutine(function* (counts, bottom, level) {
		counts.entered++;
		try {
			return level === 1 ? yield* bottom() : yield* enter(counts, bottom, level - 1);
		} finally {
			counts.left++;
		}
	});
	const plain = coroutine(function* (bottom, level) {
		return level === 1 ? yield* bottom() : yield* plain(bottom, level - 1);
	});
	return { enter, plain };
}

export const compiledPrograms = () => compiled("deep");

/** Calls nest on the native stack up to an await that suspends, and some 10,000 native async calls fill it. */
const breath = 500;

/** Native functions that get a fresh stack every so often; without that they would not come to 100,000 frames. */
async function enter(counts, bottom, level) {
	counts.entered++;
	if (level % breath === 0) {
		await undefined;
	}
	try {
		return level === 1 ? await bottom() : await enter(counts, bottom, level - 1);
	} finally {
		counts.left++;
	}
}
async function plain(bottom, level) {
	if (level % breath === 0) {
		await undefined;
	}
	return level === 1 ? await bottom() : await plain(bottom, level - 1);
}
export const nativePrograms = { enter, plain };
