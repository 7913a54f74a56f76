/**
 * The ways of writing a coroutine, as pieces of text. `protect` is what a `finally` block does that has to wait: in
 * compiled code the block itself is a cleanup region.
 */
const compiled = {
	compiled: true,
	wait: (call) => `await ${call}`,
	foreign: (promise) => `await ${promise}`,
	fn: (parameters, body) => `async (${parameters}) => { ${body} }`,
	declare: (name, parameters, body) => `async function ${name}(${parameters}) { ${body} }`,
	protect: (body) => body,
	/** What is exported: something that any other dialect can call. */
	callable: (name) => name,
};

const generators = {
	wait: (call) => `yield* ${call}`,
	foreign: (promise) => `yield* until(${promise})`,
	fn: (parameters, body) => `function* (${parameters}) { ${body} }`,
	declare: (name, parameters, body) => `function* ${name}(${parameters}) { ${body} }`,
	protect: (body) => `yield* cleanup(function* () { ${body} });`,
	callable: (name) => `coroutine(${name})`,
};

const native = {
	...compiled,
	compiled: false,
	native: true,
	foreign: (promise) => `await until(${promise})`,
	protect: (body) => `await cleanup(async () => { ${body} });`,
};

/**
 * The front ends of the matrix. `outer` writes who cancels and the calls between, `inner` the function with the `try`.
 * What is compiled has the options of the compiler.
 */
export const frontEnds = {
	compiled: { outer: "function", inner: "function" },
	"compiled-scope": { outer: "scope", inner: "scope" },
	"compiled-ticks": { outer: "ticks", inner: "ticks" },
	generators: { outer: "generators", inner: "generators" },
	native: { outer: "native", inner: "native" },
	"compiled-over-generators": { outer: "function", inner: "generators" },
	"generators-over-compiled": { outer: "generators", inner: "scope" },
};

/** How the text of a module comes about. */
export const modules = {
	function: { dialect: compiled, options: { structure: "function" } },
	scope: { dialect: compiled, options: { structure: "scope" } },
	ticks: { dialect: compiled, options: { structure: "function", ticks: "native" } },
	generators: { dialect: generators },
	native: { dialect: native },
};
