// Identifiers of a text, and what a source map says of them.
import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import { parseSync } from "oxc-parser";
import { Positions } from "../src/positions.ts";

export interface Identifier {
	readonly name: string;
	/** Counted from 0. */
	readonly line: number;
	readonly column: number;
}

/** Every identifier token of a program, types included, as the parser gives them. */
export function identifiersOf(path: string, code: string): Identifier[] {
	const { program, errors } = parseSync(path, code, { astType: "ts", showSemanticErrors: false });
	if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.codeframe ?? errors[0]?.message}`);
	const positions = new Positions(code);
	const found: Identifier[] = [];
	const visit = (value: unknown): void => {
		if (Array.isArray(value)) for (const item of value) visit(item);
		else if (typeof value === "object" && value !== null) {
			const { type, name, start } = value as { type?: string; name?: unknown; start: number };
			if (isIdentifier(type) && typeof name === "string") {
				const { line, column } = positions.at(start + (type === "PrivateIdentifier" ? 1 : 0));
				found.push({ name, line: line - 1, column: column - 1 });
			}
			for (const [key, child] of Object.entries(value)) if (key !== "parent") visit(child);
		}
	};
	visit(program);
	// A shorthand property holds its name twice.
	const places = new Map(found.map((it) => [`${it.line}:${it.column}`, it]));
	return [...places.values()];
}

function isIdentifier(type: string | undefined): boolean {
	return type === "Identifier" || type === "PrivateIdentifier" || type === "JSXIdentifier";
}

export interface Difference {
	readonly message: string;
	readonly name: string;
	/** The identifier of the source at that place, if there is one. */
	readonly origin: string | undefined;
	/** Whether the source has an identifier of the name at all; otherwise a tool has made it. */
	readonly isInSource: boolean;
}

export interface MapCheck {
	/** Identifiers of the output that have an origin. */
	readonly mapped: number;
	/** Those whose origin is something else than the same identifier. */
	readonly wrong: Difference[];
	/** Identifiers of the source that none of the output comes from. */
	readonly lost: string[];
	/** Identifiers of the source. */
	readonly total: number;
}

/**
 * Holds every identifier of `output` against the identifier of the source that the map names as its origin.
 *
 * An identifier has an origin if a segment begins where it begins. What the compiler has made (names with a `$`) may
 * carry the place of the construct that it stands for, and is not looked at.
 */
export function checkMap(
	output: { path: string; code: string; map: string | object },
	sourceOf: (source: string) => string | undefined,
): MapCheck {
	const tracer = new TraceMap(output.map as string);
	const mappings = decodedMappings(tracer);
	const sources = tracer.sources.map((source) => {
		const text = sourceOf(source ?? "");
		if (text === undefined) return undefined;
		const found = identifiersOf(source ?? "", text);
		const places = new Map(found.map((it) => [`${it.line}:${it.column}`, it.name]));
		return { source, places, names: new Set(places.values()), reached: new Set() };
	});
	const wrong: Difference[] = [];
	let mapped = 0;
	for (const { name, line, column } of identifiersOf(output.path, output.code)) {
		if (name.startsWith("$")) continue;
		for (const segment of mappings[line] ?? []) {
			if (segment[0] !== column || segment.length === 1) continue;
			const source = sources[segment[1]];
			if (source === undefined) continue;
			mapped++;
			const place = `${segment[2]}:${segment[3]}`;
			const origin = source.places.get(place);
			if (origin === name) source.reached.add(place);
			else {
				const message = `${output.path}:${line + 1}:${column + 1} ${name} comes from ${source.source} ${place}, ${origin}`;
				wrong.push({ message, name, origin, isInSource: source.names.has(name) });
			}
		}
	}
	const lost = sources.flatMap((source) =>
		source === undefined
			? []
			: [...source.places]
					.filter(([place]) => !source.reached.has(place))
					.map(([place, name]) => `${source.source} ${place} ${name}`),
	);
	return { mapped, wrong, lost, total: sources.reduce((sum, source) => sum + (source?.places.size ?? 0), 0) };
}
