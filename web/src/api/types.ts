import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['UserOut'];
export type SignedIn = Schemas['SignedInOut'];
export type Conversation = Schemas['ConversationOut'];
export type ConversationPage = Schemas['ConversationPageOut'];
export type Turn = Schemas['TurnOut'];
export type TurnPage = Schemas['TurnPageOut'];
export type Source = Schemas['SourceOut'];
export type Model = Schemas['ModelOut'];
export type McpStatus = Schemas['McpStatusOut'];
export type McpServer = Schemas['McpServerOut'];
export type Health = Schemas['HealthOut'];
