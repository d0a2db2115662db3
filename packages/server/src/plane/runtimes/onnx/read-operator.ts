import { BufferReader, type Reader } from 'protobufjs/minimal.js';
import { readFields, readMessage } from '#platform/onnx/index.ts';

/**
 * Reads the one operator of an ONNX model. The messages generated from onnx.proto would read all, at twice the time and
 * with an object for each integer, while callers may wait for the host. Field numbers are those of onnx.proto (IR
 * version 8).
 */
interface Operator {
  readonly type: string;
  readonly domain: string;
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A single value is a list of one. Integers are cut to 32 bits. */
interface Attribute {
  name: string;
  readonly integers: number[];
  readonly floats: number[];
  readonly texts: string[];
  isTensor: boolean;
}

export class Attributes {
  readonly #byName = new Map<string, Attribute>();

  /** Values in double precision come as tensors. */
  get hasTensors(): boolean {
    return [...this.#byName.values()].some(({ isTensor }) => isTensor);
  }

  add(attribute: Attribute): void {
    this.#byName.set(attribute.name, attribute);
  }

  integers(name: string): readonly number[] {
    return this.#byName.get(name)?.integers ?? [];
  }

  floats(name: string): readonly number[] {
    return this.#byName.get(name)?.floats ?? [];
  }

  texts(name: string): readonly string[] {
    return this.#byName.get(name)?.texts ?? [];
  }
}

const lengthDelimited = 2;

/** Undefined where the graph has no operator or several. Throws on what is not protobuf. */
export function readOnlyOperator(model: Buffer): Operator | undefined {
  const operators: Operator[] = [];
  const reader = new BufferReader(model);
  readFields(reader, reader.len, (field) => {
    if (field !== 7) return false;
    readMessage(reader, (inGraph) => {
      if (inGraph !== 1) return false;
      operators.push(readOperator(reader));
      return true;
    });
    return true;
  });
  return operators.length === 1 ? operators[0] : undefined;
}

function readOperator(reader: Reader): Operator {
  const operator = { type: '', domain: '', outputs: [] as string[], attributes: new Attributes() };
  readMessage(reader, (field) => {
    if (field === 2) operator.outputs.push(reader.string());
    else if (field === 4) operator.type = reader.string();
    else if (field === 5) operator.attributes.add(readAttribute(reader));
    else if (field === 7) operator.domain = reader.string();
    else return false;
    return true;
  });
  return operator;
}

function readAttribute(reader: Reader): Attribute {
  const attribute: Attribute = { name: '', integers: [], floats: [], texts: [], isTensor: false };
  readMessage(reader, (field, wireType) => {
    if (field === 1) attribute.name = reader.string();
    else if (field === 2) attribute.floats.push(reader.float());
    else if (field === 3) attribute.integers.push(reader.int32());
    else if (field === 4 || field === 9) attribute.texts.push(reader.string());
    else if (field === 7) readNumbers(reader, wireType, attribute.floats, () => reader.float());
    else if (field === 8) readNumbers(reader, wireType, attribute.integers, () => reader.int32());
    else {
      attribute.isTensor ||= field === 5;
      return false;
    }
    return true;
  });
  return attribute;
}

/** Repeated numbers come packed, or one by one. */
function readNumbers(reader: Reader, wireType: number, list: number[], read: () => number): void {
  const end = wireType === lengthDelimited ? reader.uint32() + reader.pos : reader.pos + 1;
  while (reader.pos < end) list.push(read());
}
