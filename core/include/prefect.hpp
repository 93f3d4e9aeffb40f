#pragma once

/// Everything of Prefect that this library has: blocks, flows, tasks, and the history of their runs.
#include <prefect_sqlalchemy/blocks/block.hpp>
#include <prefect_sqlalchemy/flows/deployment.hpp>
#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_history.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>
