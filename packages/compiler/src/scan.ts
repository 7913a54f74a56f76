/** What a file must contain to be worth parsing. Over-approximate: a word in a comment only costs time. */
const interesting = /\basync\b|\busing\b|\bPromise\s*\.\s*(?:race|any|all)\b/;

/** True if the text may hold something that the compiler changes. */
export function mayNeedTransform(code: string): boolean {
	return interesting.test(code);
}
