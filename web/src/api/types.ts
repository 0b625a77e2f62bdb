import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['UserOut'];
export type SignedIn = Schemas['SignedInOut'];
export type Conversation = Schemas['ConversationOut'];
export type Hit = Schemas['HitOut'];
export type Attachment = Schemas['AttachmentOut'];
export type Turn = Schemas['TurnOut'];
export type TurnPage = Schemas['TurnPageOut'];
export type ToolCall = Schemas['ToolCallOut'];
export type Source = Schemas['SourceOut'];
export type Session = Schemas['SessionOut'];
export type ApiKey = Schemas['KeyOut'];
export type Application = Schemas['ApplicationOut'];
export type ServerLogin = Schemas['LoginOut'];
export type ConsentReview = Schemas['ReviewOut'];
export type Model = Schemas['ModelOut'];
export type Person = Schemas['PersonOut'];
export type Role = Person['role'];
export type InvitedRole = Schemas['InvitationOut']['role'];
export type Team = Schemas['TeamOut'];
export type Member = Schemas['MemberOut'];
export type TeamRole = Member['role'];
export type Methods = Schemas['MethodsOut'];
export type Schedule = Schemas['ScheduleOut'];
