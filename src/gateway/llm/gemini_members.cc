// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_members.h"

namespace ringfence::llm {
namespace {

using enum GeminiMember;
using Known = KnownMember<GeminiMember>;

constexpr Known kRequest[] = {
    {"model", model},
    {"contents", contents},
    {"systemInstruction", system_instruction},
    {"tools", tools},
    {"generationConfig", generation_config},
    {"cachedContent", cached_content},
    {"serviceTier", service_tier},
    {"continuationToken", continuation_token},
    {"generateContentRequest", generate_content_request},
    {"toolConfig", plain},
    {"safetySettings", plain},
    {"labels", plain},
    {"store", plain},
    {"modelArmorConfig", unpriced},
};

constexpr Known kContent[] = {{"parts", parts}, {"role", plain}};

constexpr Known kPart[] = {
    {"inlineData", media},
    {"fileData", media},
    {"functionResponse", parts},
    {"text", plain},
    {"thought", plain},
    {"thoughtSignature", plain},
    {"functionCall", plain},
    {"executableCode", plain},
    {"codeExecutionResult", plain},
    {"toolCall", plain},
    {"toolResponse", plain},
    {"videoMetadata", plain},
    {"mediaResolution", media_resolution},
    {"mediaProcessing", plain},
    {"partMetadata", plain},
    {"audioTranscription", plain},
    {"speechMetadata", plain},
    {"documentMetadata", plain},
    {"spreadsheetMetadata", plain},
    {"audioMetadata", plain},
};

constexpr Known kFunctionResponse[] = {
    {"parts", parts},    {"id", plain},         {"name", plain},
    {"response", plain}, {"scheduling", plain}, {"willContinue", plain},
};

constexpr Known kMedia[] = {
    {"mimeType", mime_type},
    {"fileUri", file_uri},
    {"data", data},
    {"displayName", plain},
};

constexpr Known kTool[] = {
    {"functionDeclarations", function_declarations},
    {"googleSearch", search},
    {"googleSearchRetrieval", search},
    {"codeExecution", endless},
    {"urlContext", endless},
    {"fileSearch", endless},
    {"googleMaps", endless},
    {"mcpServers", endless},
    {"computerUse", client_tool},
    {"retrieval", unpriced},
    {"enterpriseWebSearch", unpriced},
    {"parallelAiSearch", unpriced},
    {"exaAiSearch", unpriced},
};

constexpr Known kGeneration[] = {
    {"maxOutputTokens", max_output_tokens},
    {"candidateCount", candidate_count},
    {"thinkingConfig", thinking_config},
    {"responseModalities", response_modalities},
    // They let the provider choose another model.
    {"routingConfig", unpriced},
    {"modelSelectionConfig", unpriced},
    {"temperature", plain},
    {"topP", plain},
    {"topK", plain},
    {"stopSequences", plain},
    {"seed", plain},
    {"logprobs", plain},
    {"responseLogprobs", plain},
    {"presencePenalty", plain},
    {"frequencyPenalty", plain},
    {"responseMimeType", plain},
    {"responseSchema", plain},
    {"responseJsonSchema", plain},
    {"_responseJsonSchema", plain},
    {"mediaResolution", media_resolution},
    {"speechConfig", plain},
    {"imageConfig", plain},
    {"audioTimestamp", plain},
    {"enableAffectiveDialog", plain},
    {"enableEnhancedCivicAnswers", plain},
};

constexpr Known kThinking[] = {
    {"thinkingBudget", thinking_budget},
    {"thinkingLevel", thinking_level},
    {"includeThoughts", plain},
};

static_assert(std::size(kRequest) <= kMembersMax && std::size(kGeneration) <= kMembersMax);

}  // namespace

GeminiTable gemini_request_members() { return kRequest; }
GeminiTable gemini_content_members() { return kContent; }
GeminiTable gemini_part_members() { return kPart; }
GeminiTable gemini_function_response_members() { return kFunctionResponse; }
GeminiTable gemini_media_members() { return kMedia; }
GeminiTable gemini_tool_members() { return kTool; }
GeminiTable gemini_generation_members() { return kGeneration; }
GeminiTable gemini_thinking_members() { return kThinking; }

}  // namespace ringfence::llm
