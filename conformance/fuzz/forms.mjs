/**
 * The forms of body that this compiler emits: functions that run until their first suspension ("plain"), and generators.
 * Every program is compiled into each of them.
 */
const sample = "async function f(x) { let y = await x(); while (y < 3) { y += await x(y); } return y; }";

export function formsOf(compiler) {
	const codes = ["plain", "generators"].map((bodies) => ({
		bodies,
		code: compiler.transform(sample, { filename: "sample.mjs", sourcemap: false, bodies }).code,
	}));
	return codes[0].code === codes[1].code ? ["generators"] : ["plain", "generators"];
}
