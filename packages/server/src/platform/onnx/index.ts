export { readFields, readMessage } from './message-fields.ts';
export { readOnnxSignature } from './read-onnx-signature.ts';
