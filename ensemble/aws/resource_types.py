"""CloudFormation's names of the resource types that carry events, and of what these need."""

BUS, RULE, ARCHIVE = "AWS::Events::EventBus", "AWS::Events::Rule", "AWS::Events::Archive"
QUEUE, TOPIC, BUCKET = "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket"
FUNCTION, MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
TABLE, GLOBAL_TABLE = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"
ROLE, POLICY, GRANT = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"
KEY = "AWS::KMS::Key"
QUEUE_POLICY, BUS_POLICY = "AWS::SQS::QueuePolicy", "AWS::Events::EventBusPolicy"
