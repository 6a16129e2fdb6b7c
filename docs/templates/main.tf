# Made by npm run templates, of what the constructs deploy. See docs/guides/without-cdk.md.
terraform {
  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.4"
    }
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "name" {
  type        = string
  default     = "breakwater"
  description = "First part of the names of all resources"
}

variable "payment_url" {
  type        = string
  description = "URL at which orders are charged"
}

data "aws_caller_identity" "current" {
}

data "aws_partition" "current" {
}

data "aws_region" "current" {
}

data "archive_file" "functions" {
  type        = "zip"
  source_dir  = "${path.module}/build"
  output_path = "${path.module}/functions.zip"
}

resource "aws_dynamodb_table" "circuits_table" {
  name             = "${var.name}-circuits"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "circuit"
  range_key        = "part"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "circuit"
    type = "S"
  }

  attribute {
    name = "part"
    type = "S"
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "orders_logs" {
  name              = "/aws/lambda/${var.name}-orders"
  retention_in_days = 30
}

resource "aws_iam_role" "orders_role" {
  name = "${var.name}-orders-role"
  assume_role_policy = jsonencode({
    Statement = [
      {
        Action = "sts:AssumeRole"
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
      },
    ]
    Version = "2012-10-17"
  })
}

resource "aws_iam_role_policy" "orders_role_default_policy" {
  role = aws_iam_role.orders_role.id
  policy = jsonencode({
    Statement = [
      {
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Effect   = "Allow"
        Resource = "${aws_cloudwatch_log_group.orders_logs.arn}:*"
      },
      {
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Effect   = "Allow"
        Resource = "*"
      },
      {
        Action = "dynamodb:BatchGetItem"
        Condition = {
          "ForAllValues:StringEquals" = {
            "dynamodb:LeadingKeys" = ["circuit#payments", "control#payments"]
          }
        }
        Effect   = "Allow"
        Resource = aws_dynamodb_table.circuits_table.arn
      },
      {
        Action = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        Condition = {
          "ForAllValues:StringEquals" = {
            "dynamodb:LeadingKeys" = ["circuit#payments"]
          }
        }
        Effect   = "Allow"
        Resource = aws_dynamodb_table.circuits_table.arn
      },
    ]
    Version = "2012-10-17"
  })
}

resource "aws_lambda_function" "orders" {
  function_name    = "${var.name}-orders"
  description      = "Takes orders, and guards the call that charges them"
  role             = aws_iam_role.orders_role.arn
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  handler          = "orders.handler"
  filename         = data.archive_file.functions.output_path
  source_code_hash = data.archive_file.functions.output_base64sha256
  memory_size      = 512
  timeout          = 10
  depends_on       = [aws_iam_role_policy.orders_role_default_policy]

  environment {
    variables = {
      PAYMENT_URL     = var.payment_url
      CIRCUIT_TABLE   = aws_dynamodb_table.circuits_table.name
      CIRCUIT_OPTIONS = "{\"consecutiveFailures\":5,\"openMs\":5000}"
    }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.orders_logs.name
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_cloudwatch_log_group" "charge_logs" {
  name              = "/aws/lambda/${var.name}-charge"
  retention_in_days = 30
}

resource "aws_iam_role" "charge_role" {
  name = "${var.name}-charge-role"
  assume_role_policy = jsonencode({
    Statement = [
      {
        Action = "sts:AssumeRole"
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
      },
    ]
    Version = "2012-10-17"
  })
}

resource "aws_iam_role_policy" "charge_role_default_policy" {
  role = aws_iam_role.charge_role.id
  policy = jsonencode({
    Statement = [
      {
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Effect   = "Allow"
        Resource = "${aws_cloudwatch_log_group.charge_logs.arn}:*"
      },
      {
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Effect   = "Allow"
        Resource = "*"
      },
    ]
    Version = "2012-10-17"
  })
}

resource "aws_lambda_function" "charge" {
  function_name    = "${var.name}-charge"
  description      = "Charges an order for the state machine"
  role             = aws_iam_role.charge_role.arn
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  handler          = "charge.handler"
  filename         = data.archive_file.functions.output_path
  source_code_hash = data.archive_file.functions.output_base64sha256
  memory_size      = 512
  timeout          = 10
  depends_on       = [aws_iam_role_policy.charge_role_default_policy]

  environment {
    variables = {
      PAYMENT_URL = var.payment_url
    }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.charge_logs.name
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_cloudwatch_log_group" "gate_function_logs" {
  name              = "/aws/lambda/${var.name}-gate-function"
  retention_in_days = 30
}

resource "aws_iam_role" "gate_function_role" {
  name = "${var.name}-gate-function-role"
  assume_role_policy = jsonencode({
    Statement = [
      {
        Action = "sts:AssumeRole"
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
      },
    ]
    Version = "2012-10-17"
  })
}

resource "aws_iam_role_policy" "gate_function_role_default_policy" {
  role = aws_iam_role.gate_function_role.id
  policy = jsonencode({
    Statement = [
      {
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Effect   = "Allow"
        Resource = "${aws_cloudwatch_log_group.gate_function_logs.arn}:*"
      },
      {
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Effect   = "Allow"
        Resource = "*"
      },
      {
        Action = "dynamodb:BatchGetItem"
        Condition = {
          "ForAllValues:StringEquals" = {
            "dynamodb:LeadingKeys" = ["circuit#payments", "control#payments"]
          }
        }
        Effect   = "Allow"
        Resource = aws_dynamodb_table.circuits_table.arn
      },
      {
        Action = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        Condition = {
          "ForAllValues:StringEquals" = {
            "dynamodb:LeadingKeys" = ["circuit#payments"]
          }
        }
        Effect   = "Allow"
        Resource = aws_dynamodb_table.circuits_table.arn
      },
    ]
    Version = "2012-10-17"
  })
}

resource "aws_lambda_function" "gate_function" {
  function_name    = "${var.name}-gate-function"
  description      = "Takes permits and records outcomes of circuits for workflows"
  role             = aws_iam_role.gate_function_role.arn
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  handler          = "gate.handler"
  filename         = data.archive_file.functions.output_path
  source_code_hash = data.archive_file.functions.output_base64sha256
  memory_size      = 512
  timeout          = 5
  depends_on       = [aws_iam_role_policy.gate_function_role_default_policy]

  environment {
    variables = {
      CIRCUIT_TABLE   = aws_dynamodb_table.circuits_table.name
      CIRCUIT_OPTIONS = "{\"circuits\":{\"payments\":{\"consecutiveFailures\":5,\"openMs\":5000}}}"
    }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.gate_function_logs.name
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_cloudwatch_log_group" "workflow_logs" {
  name              = "/aws/vendedlogs/states/${var.name}-Workflow"
  retention_in_days = 30
}

resource "aws_iam_role" "workflow_state_machine_role" {
  name = "${var.name}-workflow-state-machine-role"
  assume_role_policy = jsonencode({
    Statement = [
      {
        Action = "sts:AssumeRole"
        Condition = {
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:states:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:stateMachine:*"
          }
          StringEquals = {
            "aws:SourceAccount" = data.aws_caller_identity.current.account_id
          }
        }
        Effect = "Allow"
        Principal = {
          Service = "states.amazonaws.com"
        }
      },
    ]
    Version = "2012-10-17"
  })
}

resource "aws_iam_role_policy" "workflow_state_machine_role_default_policy" {
  role = aws_iam_role.workflow_state_machine_role.id
  policy = jsonencode({
    Statement = [
      {
        Action = [
          "logs:CreateLogDelivery",
          "logs:GetLogDelivery",
          "logs:UpdateLogDelivery",
          "logs:DeleteLogDelivery",
          "logs:ListLogDeliveries",
          "logs:PutResourcePolicy",
          "logs:DescribeResourcePolicies",
          "logs:DescribeLogGroups",
        ]
        Effect   = "Allow"
        Resource = "*"
      },
      {
        Action = [
          "xray:PutTraceSegments",
          "xray:PutTelemetryRecords",
          "xray:GetSamplingRules",
          "xray:GetSamplingTargets",
        ]
        Effect   = "Allow"
        Resource = "*"
      },
      {
        Action = "dynamodb:BatchGetItem"
        Condition = {
          "ForAllValues:StringEquals" = {
            "dynamodb:LeadingKeys" = ["circuit#payments", "control#payments"]
          }
        }
        Effect   = "Allow"
        Resource = aws_dynamodb_table.circuits_table.arn
      },
      {
        Action = "lambda:InvokeFunction"
        Effect = "Allow"
        Resource = [
          "${aws_lambda_function.gate_function.arn}:$LATEST",
          aws_lambda_function.gate_function.arn,
        ]
      },
      {
        Action   = "lambda:InvokeFunction"
        Effect   = "Allow"
        Resource = ["${aws_lambda_function.charge.arn}:$LATEST", aws_lambda_function.charge.arn]
      },
    ]
    Version = "2012-10-17"
  })
}

resource "aws_sfn_state_machine" "workflow_state_machine" {
  name     = "${var.name}-workflow-state-machine"
  type     = "EXPRESS"
  role_arn = aws_iam_role.workflow_state_machine_role.arn
  definition = templatefile("${path.module}/charge.asl.json", {
    CircuitTable = aws_dynamodb_table.circuits_table.name
    Gate         = aws_lambda_function.gate_function.arn
    Charge       = aws_lambda_function.charge.arn
  })
  depends_on = [aws_iam_role_policy.workflow_state_machine_role_default_policy]

  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.workflow_logs.arn}:*"
    include_execution_data = false
    level                  = "ALL"
  }

  tracing_configuration {
    enabled = true
  }
}

output "circuit_table" {
  value = aws_dynamodb_table.circuits_table.name
}

output "state_machine" {
  value = aws_sfn_state_machine.workflow_state_machine.arn
}
