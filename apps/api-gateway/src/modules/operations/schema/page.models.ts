import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage: boolean;

  @Field(() => String, { nullable: true, description: 'What `after` takes for the next page.' })
  endCursor: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20 })
  first: number;

  @Field(() => String, { nullable: true })
  after?: string | null;
}

/** One page of nodes; the type's own nodes are declared by the subclass. */
export interface Connection<Node> {
  nodes: Node[];
  pageInfo: PageInfo;
}
