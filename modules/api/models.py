"""What A1111's extensions import of its API's request types."""

from modules.api.sdapi.generation_models import GenerationAnswer as ImageToImageResponse
from modules.api.sdapi.generation_models import GenerationAnswer as TextToImageResponse
from modules.api.sdapi.generation_models import Img2ImgRequest as StableDiffusionImg2ImgProcessingAPI
from modules.api.sdapi.generation_models import Txt2ImgRequest as StableDiffusionTxt2ImgProcessingAPI

__all__ = ["ImageToImageResponse", "StableDiffusionImg2ImgProcessingAPI", "StableDiffusionTxt2ImgProcessingAPI",
           "TextToImageResponse"]
